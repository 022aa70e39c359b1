#include "engine/grammar/gbnf.h"

#include <cctype>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "engine/grammar/source_text.h"

namespace suan::engine {
namespace {

bool is_name_byte(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code < 0x80 && (std::isalnum(code) != 0 || byte == '-' || byte == '_');
}

class GbnfReader {
 public:
  GbnfReader(std::string_view text, const TokenTable& tokens, Draft& draft)
      : source_(text), tokens_(tokens), draft_(draft) {}

  RuleId read() {
    try {
      skip_space(true);
      while (!source_.is_done())
        read_rule();
    } catch (const GrammarError& error) {
      throw GrammarError(fmt::format("line {}: {}", source_.line(), error.what()));
    }
    if (rules_.empty()) throw GrammarError("the grammar is empty");
    const auto root = rules_.find("root");
    if (root == rules_.end()) throw GrammarError("there is no rule \"root\"");
    return root->second;
  }

 private:
  void read_rule() {
    const std::string name = take_name();
    if (name.empty()) throw GrammarError("a rule's name is missing");
    skip_space(false);
    if (!source_.take("::=")) throw GrammarError(fmt::format("::= is missing after {}", name));
    skip_space(true);
    const RuleId rule = rule_of(name);
    if (draft_.rules()[rule].is_defined) {
      throw GrammarError(fmt::format("the rule \"{}\" is defined twice", name));
    }
    draft_.define(rule, read_choice(0));
    if (!source_.is_done() && source_.peek() != '\n' && source_.peek() != '\r') {
      throw GrammarError(fmt::format("\"{}\" is not expected here", next_character()));
    }
    skip_space(true);
  }

  ExprId read_choice(uint32_t depth) {
    if (depth > GrammarLimits::kDepth) {
      throw GrammarError(
          fmt::format("brackets are nested more than {} deep", GrammarLimits::kDepth));
    }
    std::vector<ExprId> parts{read_sequence(depth)};
    while (source_.take("|")) {
      skip_space(true);
      parts.push_back(read_sequence(depth));
    }
    return draft_.choice(std::move(parts));
  }

  ExprId read_sequence(uint32_t depth) {
    std::vector<ExprId> parts;
    while (true) {
      const char next = source_.peek();
      if (next == '"') {
        parts.push_back(read_literal());
      } else if (next == '[') {
        parts.push_back(read_class());
      } else if (next == '.') {
        source_.take(".");
        parts.push_back(draft_.one_of(complement({})));
      } else if (next == '(') {
        parts.push_back(read_group(depth));
      } else if (next == '<') {
        parts.push_back(read_token());
      } else if (next == '!') {
        throw GrammarError("\"any token but one\" (!) is not supported");
      } else if (is_name_byte(next)) {
        parts.push_back(draft_.call(rule_of(take_name())));
      } else {
        break;
      }
      skip_space(depth > 0);
      parts.back() = read_repeats(parts.back(), depth);
    }
    return draft_.sequence(std::move(parts));
  }

  ExprId read_group(uint32_t depth) {
    source_.take("(");
    skip_space(true);
    const ExprId inside = read_choice(depth + 1);
    if (!source_.take(")")) throw GrammarError("a ) is missing");
    return inside;
  }

  ExprId read_repeats(ExprId part, uint32_t depth) {
    for (uint32_t marks = 0;; ++marks) {
      if (marks == GrammarLimits::kDepth) throw GrammarError("too many repetition marks");
      if (source_.take("*")) {
        part = draft_.repeat(part, 0, kNoBound);
      } else if (source_.take("+")) {
        part = draft_.repeat(part, 1, kNoBound);
      } else if (source_.take("?")) {
        part = draft_.optional(part);
      } else if (source_.take("{")) {
        part = read_counted(part);
      } else {
        return part;
      }
      skip_space(depth > 0);
    }
  }

  ExprId read_counted(ExprId part) {
    skip_space(false);
    const uint32_t low = source_.peek() == ',' ? 0 : source_.take_number();
    uint32_t high = low;
    skip_space(false);
    if (source_.take(",")) {
      skip_space(false);
      high = source_.peek() == '}' ? kNoBound : source_.take_number();
      skip_space(false);
    }
    if (!source_.take("}")) throw GrammarError("a } is missing");
    return draft_.repeat(part, low, high);
  }

  ExprId read_literal() {
    source_.take("\"");
    std::string bytes;
    while (!source_.take("\"")) {
      if (source_.is_done() || source_.peek() == '\n') throw GrammarError("a \" is missing");
      bytes += utf8_of_code(take_character());
    }
    return draft_.bytes(std::move(bytes));
  }

  ExprId read_class() {
    source_.take("[");
    const bool is_negated = source_.take("^");
    std::vector<CodeRange> ranges;
    while (!source_.take("]")) {
      if (source_.is_done()) throw GrammarError("a ] is missing");
      const uint32_t low = take_character();
      uint32_t high = low;
      if (source_.peek() == '-' && source_.peek(1) != ']') {
        source_.take("-");
        if (source_.is_done()) throw GrammarError("a ] is missing");
        high = take_character();
      }
      if (low > high) throw GrammarError("a range of characters ends before it begins");
      ranges.push_back({low, high});
    }
    return draft_.one_of(is_negated ? complement(ranges) : ranges);
  }

  ExprId read_token() {
    source_.take("<");
    if (source_.take("[")) {
      const uint32_t token = source_.take_number();
      if (!source_.take("]>")) throw GrammarError("]> is missing");
      const auto spelled = tokens_.spelled(static_cast<int32_t>(token));
      if (spelled.empty()) throw GrammarError(fmt::format("{} is no usable token", token));
      return draft_.bytes(std::string(spelled));
    }
    std::string name = "<";
    while (!source_.take(">")) {
      if (source_.is_done() || source_.peek() == '\n') throw GrammarError("a > is missing");
      name += utf8_of_code(source_.take_code_point());
    }
    name += '>';
    std::string spelled = tokens_.spell(name);
    if (spelled == name && !tokens_.has_token(name)) {
      throw GrammarError(fmt::format("{} is no token of this model", name));
    }
    return draft_.bytes(std::move(spelled));
  }

  /// One character of a literal or a class, which may be escaped.
  uint32_t take_character() {
    if (!source_.take("\\")) return source_.take_code_point();
    if (source_.is_done()) throw GrammarError("the text ends after \\");
    uint32_t code = source_.take_code_point();
    switch (code) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'x':
        return source_.take_hex(2);
      case 'u':
        code = source_.take_hex(4);
        break;
      case 'U':
        code = source_.take_hex(8);
        break;
      case '\\':
      case '"':
      case '[':
      case ']':
      case '-':
      case '^':
        return code;
      default:
        throw GrammarError(fmt::format("the escape \\{} is unknown", utf8_of_code(code)));
    }
    check_code_point(code);
    return code;
  }

  RuleId rule_of(const std::string& name) {
    const auto [found, is_new] = rules_.try_emplace(name, 0);
    if (is_new) found->second = draft_.add_rule(name);
    return found->second;
  }

  std::string take_name() {
    std::string name;
    while (is_name_byte(source_.peek())) {
      name += source_.peek();
      source_.take_code_point();
    }
    return name;
  }

  std::string next_character() { return utf8_of_code(source_.take_code_point()); }

  /// Steps over blanks and comments; over the ends of lines where a rule may go on.
  void skip_space(bool may_end_line) {
    while (!source_.is_done()) {
      const char next = source_.peek();
      if (next == '#') {
        while (!source_.is_done() && source_.peek() != '\n')
          source_.take_code_point();
      } else if (next == ' ' || next == '\t' ||
                 (may_end_line && (next == '\n' || next == '\r'))) {
        source_.take_code_point();
      } else {
        return;
      }
    }
  }

  SourceText source_;
  const TokenTable& tokens_;
  Draft& draft_;
  std::unordered_map<std::string, RuleId> rules_;
};

}  // namespace

RuleId read_gbnf(std::string_view text, const TokenTable& tokens, Draft& draft) {
  return GbnfReader(text, tokens, draft).read();
}

}  // namespace suan::engine
