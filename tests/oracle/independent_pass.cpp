#include "tests/oracle/independent_pass.h"

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace suan::engine {
namespace {

// Debian's own, for which python3-numpy is made; another may stand before it in the path.
constexpr const char* kPython = "/usr/bin/python3";

std::vector<double> flat(const nlohmann::json& rows) {
  std::vector<double> all;
  for (const auto& row : rows) {
    for (const auto& value : row)
      all.push_back(value.get<double>());
  }
  return all;
}

}  // namespace

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) return {};
  std::string text;
  std::array<char, 1 << 16> piece{};
  while (const size_t count = fread(piece.data(), 1, piece.size(), pipe.get()))
    text.append(piece.data(), count);
  return text;
}

std::string why_no_oracle() {
  const std::string found = output_of(fmt::format(
      "{} -c 'import importlib.util as u; print(u.find_spec(\"numpy\") is not None)' 2>&1",
      kPython));
  if (found == "True\n") return {};
  return fmt::format("{} has no numpy (Debian's python3-numpy)", kPython);
}

Logits run_oracle(const std::filesystem::path& model, const std::vector<int32_t>& tokens) {
  const std::string text = output_of(fmt::format(
      "OPENBLAS_NUM_THREADS=1 {} -B {}/tests/oracle/oracle.py '{}' --tokens {} --predictions",
      kPython, SUAN_SOURCE_DIR, model.string(), fmt::join(tokens, ",")));
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  if (answer.is_discarded()) throw std::runtime_error("oracle.py failed: see above");
  return {flat(answer["logits"]),
          answer.contains("predictions") ? flat(answer["predictions"]) : std::vector<double>{}};
}

}  // namespace suan::engine
