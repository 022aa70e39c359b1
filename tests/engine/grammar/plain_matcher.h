#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace suan::engine {

/// A grammar over the letters a to d, and the plainest way to match it: for every part of every
/// rule, the set of places where it can end.
class PlainGrammar {
 public:
  struct Part {
    enum class Kind : uint8_t { Text, Class, Sequence, Choice, Repeat, Rule } kind{};
    std::string text;         // Text, Class: the letters
    bool is_negated = false;  // Class
    std::vector<Part> parts;  // Repeat: one
    unsigned low = 0;         // Repeat
    unsigned high = 0;        // Repeat; kMany: any number
    size_t rule = 0;          // Rule
  };

  static constexpr unsigned kMany = 1000;

  /// Rules 0 (the root), 1, ...; none begins with itself, though it may hold itself.
  [[nodiscard]] static PlainGrammar random(std::mt19937& random);

  [[nodiscard]] std::string gbnf() const;
  [[nodiscard]] bool fits(std::string_view text) const;

 private:
  using Ends = std::set<size_t>;
  using Memory = std::map<std::pair<size_t, size_t>, Ends>;  // by rule and begin

  static Part random_part(std::mt19937& random, int depth, size_t rule, size_t rules);
  static Part random_later_part(std::mt19937& random, int depth, size_t rules);
  void write(const Part& part, std::string& text) const;
  Ends ends(const Part& part, std::string_view text, size_t begin, Memory& memory) const;

  std::vector<Part> rules_;
};

}  // namespace suan::engine
