#include "engine/grammar/pattern_class.h"

#include <utility>

#include <fmt/format.h>

namespace suan::engine {
namespace {

const std::vector<CodeRange>& digits() {
  static const std::vector<CodeRange> kRanges{{'0', '9'}};
  return kRanges;
}

const std::vector<CodeRange>& word_characters() {
  static const std::vector<CodeRange> kRanges{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  return kRanges;
}

const std::vector<CodeRange>& blanks() {
  static const std::vector<CodeRange> kRanges{
      {0x09, 0x0D},     {0x20, 0x20},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
      {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
  return kRanges;
}

uint32_t read_unicode(SourceText& source) {
  uint32_t code = 0;
  if (source.take("{")) {
    size_t digits = 0;
    while (source.peek(digits) != '}' && digits < 7)
      ++digits;
    code = source.take_hex(digits);
    if (!source.take("}")) throw GrammarError("a } is missing");
  } else {
    code = source.take_hex(4);
    if (code >= 0xD800 && code <= 0xDBFF && source.take("\\u")) {
      const uint32_t second = source.take_hex(4);
      if (second < 0xDC00 || second > 0xDFFF) throw GrammarError("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10U) + (second - 0xDC00);
    }
  }
  check_code_point(code);
  return code;
}

std::vector<CodeRange> read_class_atom(SourceText& source) {
  if (source.is_done()) throw GrammarError("a ] is missing");
  if (source.take("\\")) return read_escape(source, true);
  const uint32_t code = source.take_code_point();
  return {{code, code}};
}

}  // namespace

const std::vector<CodeRange>& line_ends() {
  static const std::vector<CodeRange> kRanges{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
  return kRanges;
}

std::vector<CodeRange> read_class(SourceText& source) {
  const bool is_negated = source.take("^");
  std::vector<CodeRange> ranges;
  while (!source.take("]")) {
    const std::vector<CodeRange> low = read_class_atom(source);
    if (source.peek() != '-' || source.peek(1) == ']') {
      ranges.insert(ranges.end(), low.begin(), low.end());
      continue;
    }
    source.take("-");
    const std::vector<CodeRange> high = read_class_atom(source);
    const bool are_single = low.size() == 1 && high.size() == 1 && low[0].low == low[0].high &&
                            high[0].low == high[0].high;
    if (!are_single || low[0].low > high[0].low) {
      throw GrammarError("a range of characters is out of order");
    }
    ranges.push_back({low[0].low, high[0].low});
  }
  return is_negated ? complement(ranges) : normalized(ranges);
}

std::vector<CodeRange> read_escape(SourceText& source, bool in_class) {
  if (source.is_done()) throw GrammarError("it ends after \\");
  const uint32_t letter = source.take_code_point();
  uint32_t code = letter;
  switch (letter) {
    case 'd':
      return digits();
    case 'D':
      return complement(digits());
    case 'w':
      return word_characters();
    case 'W':
      return complement(word_characters());
    case 's':
      return blanks();
    case 'S':
      return complement(blanks());
    case 't':
      return {{'\t', '\t'}};
    case 'n':
      return {{'\n', '\n'}};
    case 'r':
      return {{'\r', '\r'}};
    case 'f':
      return {{'\f', '\f'}};
    case 'v':
      return {{'\v', '\v'}};
    case '0':
      return {{0, 0}};
    case 'b':
      if (in_class) return {{'\b', '\b'}};
      break;
    case 'x':
      code = source.take_hex(2);
      return {{code, code}};
    case 'u':
      code = read_unicode(source);
      return {{code, code}};
    case 'p':
    case 'P':
      throw GrammarError("Unicode properties (\\p) are not supported");
    default:
      break;
  }
  const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
  if (is_letter || (letter >= '0' && letter <= '9')) {
    throw GrammarError(
        fmt::format("the escape \\{} is not supported", static_cast<char>(letter)));
  }
  return {{code, code}};
}

}  // namespace suan::engine
