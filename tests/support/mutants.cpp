#include "tests/support/mutants.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace suan::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <typename Number>
Number number_at(std::string_view bytes, size_t at) {
  Number value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void add(Mutants& mutants,
         const std::string& kind,
         const std::string& file,
         size_t at,
         const std::string& bytes) {
  mutants.push_back({.kind = kind,
                     .what = fmt::format("{}: {} bytes at {}", kind, bytes.size(), at),
                     .file = file,
                     .at = at,
                     .erased = bytes.size(),
                     .inserted = bytes});
}

void add_data(Mutants& mutants, const std::string& file, std::string_view bytes, size_t first) {
  const size_t floats = (bytes.size() - first) / sizeof(float);
  for (const size_t share : {0, 1, 2, 3}) {
    const size_t at = first + floats * share / 4 * sizeof(float);
    add(mutants, "no number", file, at, bytes_of(kNan));
    add(mutants, "no number", file, at, bytes_of(kInfinity));
  }
  std::string all;
  for (size_t i = 0; i < floats; ++i)
    all += bytes_of(kNan);
  add(mutants, "no number", file, first, all);
}

}  // namespace

std::string Mutant::applied_to(std::string_view bytes) const {
  std::string changed(bytes.substr(0, at));
  changed += inserted;
  if (at + erased < bytes.size()) changed += bytes.substr(at + erased);
  return changed;
}

void add_truncation(Mutants& mutants,
                    const std::string& file,
                    std::string_view bytes,
                    size_t at) {
  mutants.push_back({.kind = "truncation",
                     .what = fmt::format("cut off at byte {}", at),
                     .file = file,
                     .at = at,
                     .erased = bytes.size() - at});
}

Mutants mutants_of_llama2c(const std::string& file, const std::string& bytes) {
  constexpr size_t kHeader = 28;
  Mutants mutants;
  for (size_t at = 0; at < kHeader; at += 4) {
    const auto value = number_at<int32_t>(bytes, at);
    for (const int32_t lie : {0, 1, -1, value + 1, value - 1, 2 * value, INT32_MAX, INT32_MIN})
      add(mutants, fmt::format("field {}", at / 4), file, at, bytes_of(lie));
  }
  for (const size_t at : {size_t{0}, size_t{3}, size_t{27}, kHeader, bytes.size() / 2,
                          bytes.size() - 4, bytes.size() - 1}) {
    add_truncation(mutants, file, bytes, at);
  }
  mutants.push_back({.kind = "surplus",
                     .what = "four bytes too many",
                     .file = file,
                     .at = bytes.size(),
                     .inserted = "more"});
  add_data(mutants, file, bytes, kHeader);
  return mutants;
}

Mutants mutants_of_tok512(const std::string& file, const std::string& bytes) {
  Mutants mutants;
  add(mutants, "longest", file, 0, bytes_of(INT32_MAX));
  add(mutants, "longest", file, 0, bytes_of(-1));
  size_t at = 4;
  while (at < bytes.size()) {
    const auto length = number_at<int32_t>(bytes, at + 4);
    for (const float lie : {kNan, -kInfinity, 1e38F})
      add(mutants, "score", file, at, bytes_of(lie));
    for (const int32_t lie : {0, -1, length + 1, 1 << 20, INT32_MAX, INT32_MIN})
      add(mutants, "length", file, at + 4, bytes_of(lie));
    if (length > 0) {
      add(mutants, "piece", file, at + 8, "\xFF");
      add(mutants, "piece", file, at + 8, std::string(1, '\0'));
      add(mutants, "piece", file, at + 8, "<");
    }
    add_truncation(mutants, file, bytes, at);
    add_truncation(mutants, file, bytes, at + 5);
    at += 8 + static_cast<size_t>(length);
  }
  return mutants;
}

Mutants mutants_of_safetensors(const std::string& file, const std::string& bytes) {
  constexpr size_t kLength = sizeof(uint64_t);
  const auto length = number_at<uint64_t>(bytes, 0);
  const std::string header = bytes.substr(kLength, length);
  Mutants mutants;
  for (const uint64_t lie : {uint64_t{0}, uint64_t{1}, length - 1, length + 1, length + 8,
                             uint64_t{100'000'001}, uint64_t{1} << 63, UINT64_MAX}) {
    add(mutants, "header length", file, 0, bytes_of(lie));
  }
  for (Mutant mutant : mutants_of_json(file, header)) {
    // The length goes along, so that the change itself is met, and not only a wrong length.
    mutant.inserted = bytes_of(length - mutant.erased + mutant.inserted.size()) +
                      header.substr(0, mutant.at) + mutant.inserted;
    mutant.erased += kLength + mutant.at;
    mutant.at = 0;
    mutants.push_back(std::move(mutant));
  }
  for (const size_t at : {size_t{0}, size_t{7}, kLength, kLength + header.size() / 2,
                          kLength + header.size(), bytes.size() - 1}) {
    add_truncation(mutants, file, bytes, at);
  }
  mutants.push_back({.kind = "surplus",
                     .what = "four bytes too many",
                     .file = file,
                     .at = bytes.size(),
                     .inserted = "more"});
  add_data(mutants, file, bytes, kLength + header.size());
  return mutants;
}

Mutants spread(const Mutants& all, size_t count) {
  std::map<std::string, std::vector<const Mutant*>> kinds;
  for (const Mutant& mutant : all)
    kinds[mutant.kind].push_back(&mutant);
  Mutants chosen;
  const size_t share = std::max<size_t>(1, count / std::max<size_t>(1, kinds.size()));
  for (const auto& [kind, mutants] : kinds) {
    const size_t taken = std::min(share, mutants.size());
    for (size_t i = 0; i < taken; ++i)
      chosen.push_back(*mutants[i * mutants.size() / taken]);
  }
  return chosen;
}

}  // namespace suan::testing
