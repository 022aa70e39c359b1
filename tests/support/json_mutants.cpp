#include <array>

#include <fmt/format.h>

#include "tests/support/mutants.h"

namespace suan::testing {
namespace {

/// What stands in the place of a value. Names of files are for an index of shards.
const std::vector<std::string>& wrong_values() {
  static const std::vector<std::string> kValues = {
      "null",
      "true",
      "0",
      "1",
      "-1",
      "4096.5",
      "1e999",
      "-1e-999",
      "4294967296",
      "18446744073709551616",
      "NaN",
      "[]",
      "{}",
      "[0]",
      R"({"a": {"b": [1]}})",
      R"("")",
      R"("x")",
      R"("\ud800")",
      "\"\xFF\"",
      R"("..")",
      R"("../config.json")",
      R"("/dev/zero")",
      R"("config.json")",
      R"("model.safetensors.index.json")",
      R"("F64")",
      '"' + std::string(1 << 20, 'a') + '"',
      std::string(100'000, '['),
      std::string(100, '[') + std::string(100, ']'),
  };
  return kValues;
}

size_t end_of_string(std::string_view text, size_t at) {
  for (++at; text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

/// The end of the value that begins at `at`.
size_t end_of_value(std::string_view text, size_t at) {
  if (text[at] == '"') return end_of_string(text, at);
  if (text[at] != '{' && text[at] != '[') return text.find_first_of(",]} \n", at);
  size_t depth = 0;
  do {
    if (text[at] == '"') {
      at = end_of_string(text, at);
      continue;
    }
    if (text[at] == '{' || text[at] == '[') ++depth;
    if (text[at] == '}' || text[at] == ']') --depth;
    ++at;
  } while (depth > 0);
  return at;
}

class JsonLiar {
 public:
  JsonLiar(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  void lie_about_all() {
    for (size_t at = 0; at < text_.size();) {
      if (text_[at] == '"') {
        at = string_or_member(at);
      } else if (std::string_view("0123456789-tfn").find(text_[at]) != std::string_view::npos) {
        const size_t end = end_of_value(text_, at);
        value(at, end);
        at = end;
      } else {
        ++at;
      }
      if (at % 64 < 8 && at < text_.size()) add_truncation(mutants_, file_, text_, at);
    }
  }

  [[nodiscard]] Mutants& mutants() { return mutants_; }

 private:
  /// A string is a value of its own, or the key of a member.
  size_t string_or_member(size_t at) {
    const size_t end = end_of_string(text_, at);
    const size_t next = text_.find_first_not_of(" \n", end);
    if (next == std::string_view::npos || text_[next] != ':') {
      value(at, end);
      return end;
    }
    const size_t first = text_.find_first_not_of(" \n", next + 1);
    const size_t last = end_of_value(text_, first);
    const std::string member(text_.substr(at, last - at));
    replace("repeated member", at, 0, member + ", ");
    const bool has_comma = text_[last] == ',';
    replace("missing member", at, last + (has_comma ? 1 : 0) - at,
            has_comma ? "" : R"("_": 0)");
    replace("renamed member", at + 1, 0, "_");
    replace("invalid key", at + 1, 0, "\xC0\x80");
    if (text_[first] == '{' || text_[first] == '[') value(first, last);
    return first;
  }

  void value(size_t at, size_t end) {
    const auto& wrong = wrong_values();
    // All of them at every place would be too many; each place gets some, each some places.
    for (size_t i = 0; i < 4; ++i) {
      const size_t which = turn_++ % wrong.size();
      replace(fmt::format("value {}", which), at, end - at, wrong[which]);
    }
  }

  void replace(const std::string& kind, size_t at, size_t erased, const std::string& by) {
    mutants_.push_back({.kind = kind,
                        .what = fmt::format("{} at byte {}", kind, at),
                        .file = file_,
                        .at = at,
                        .erased = erased,
                        .inserted = by});
  }

  std::string file_;
  std::string_view text_;
  Mutants mutants_;
  size_t turn_ = 0;
};

}  // namespace

Mutants mutants_of_json(const std::string& file, const std::string& text) {
  JsonLiar liar(file, text);
  liar.lie_about_all();
  return std::move(liar.mutants());
}

}  // namespace suan::testing
