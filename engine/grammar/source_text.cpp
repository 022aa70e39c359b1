#include "engine/grammar/source_text.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "engine/grammar/limits.h"
#include "engine/grammar/utf8_ranges.h"
#include "engine/tokenizer/utf8.h"

namespace suan::engine {
namespace {

int value_of_hex(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

bool SourceText::take(std::string_view word) {
  if (!is_next(word)) return false;
  at_ += word.size();
  return true;
}

uint32_t SourceText::take_code_point() {
  assert(!is_done());
  const size_t bytes = first_utf8_sequence(text_.substr(at_)).bytes;
  const auto lead = static_cast<uint8_t>(text_[at_]);
  uint32_t code = bytes == 1 ? lead : lead & (0x7FU >> bytes);
  for (size_t i = 1; i < bytes; ++i)
    code = code << 6U | (static_cast<uint8_t>(text_[at_ + i]) & 0x3FU);
  at_ += bytes;
  return code;
}

uint32_t SourceText::take_hex(size_t digits) {
  uint32_t value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const int digit = value_of_hex(peek());
    if (digit < 0) throw GrammarError(fmt::format("{} hexadecimal digits are missing", digits));
    value = value << 4U | static_cast<uint32_t>(digit);
    ++at_;
  }
  return value;
}

uint32_t SourceText::take_number() {
  constexpr uint32_t kMost = 1'000'000'000;
  const size_t begin = at_;
  uint64_t value = 0;
  for (; peek() >= '0' && peek() <= '9'; ++at_) {
    value = std::min<uint64_t>(value * 10 + static_cast<uint64_t>(peek() - '0'), kMost + 1ULL);
  }
  if (at_ == begin) throw GrammarError("a number is missing");
  if (value > kMost) throw GrammarError(fmt::format("a number is larger than {}", kMost));
  return static_cast<uint32_t>(value);
}

size_t SourceText::line() const {
  return static_cast<size_t>(std::ranges::count(text_.substr(0, at_), '\n')) + 1;
}

std::string utf8_of_code(uint32_t code) {
  const auto byte = [](uint32_t bits) { return static_cast<char>(bits); };
  if (code < 0x80) return {byte(code)};
  const char last = byte(0x80U | (code & 0x3FU));
  if (code < 0x800) return {byte(0xC0U | code >> 6U), last};
  const char third = byte(0x80U | (code >> 6U & 0x3FU));
  if (code < 0x10000) return {byte(0xE0U | code >> 12U), third, last};
  return {byte(0xF0U | code >> 18U), byte(0x80U | (code >> 12U & 0x3FU)), third, last};
}

void check_code_point(uint32_t code) {
  if (code > kCodePointMax || (code >= 0xD800 && code <= 0xDFFF)) {
    throw GrammarError(fmt::format("U+{:04X} is no character", code));
  }
}

}  // namespace suan::engine
