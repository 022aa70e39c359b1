#include "engine/tokenizer/utf8.h"

#include <cassert>

namespace suan::engine {
namespace {

/// Length of a sequence and the range of its second byte, from the first byte; length 0: none.
struct Lead {
  size_t bytes = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

Lead lead_of(unsigned char first) {
  if (first < 0x80) return {1};
  if (first < 0xC2) return {};
  if (first < 0xE0) return {2};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};  // no surrogates
  if (first < 0xF0) return {3};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first < 0xF4) return {4};
  if (first == 0xF4) return {4, 0x80, 0x8F};  // nothing past U+10FFFF
  return {};
}

}  // namespace

Utf8Sequence first_utf8_sequence(std::string_view text) {
  assert(!text.empty());
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  if (lead.bytes == 0) return {Utf8State::Broken, 1};

  for (size_t i = 1; i < lead.bytes; ++i) {
    if (i == text.size()) return {Utf8State::Cut, i};
    const auto byte = static_cast<unsigned char>(text[i]);
    const unsigned char low = i == 1 ? lead.low : 0x80;
    const unsigned char high = i == 1 ? lead.high : 0xBF;
    if (byte < low || byte > high) return {Utf8State::Broken, i};
  }
  return {Utf8State::Whole, lead.bytes};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(text);
    if (sequence.state != Utf8State::Whole) return false;
    text.remove_prefix(sequence.bytes);
  }
  return true;
}

char32_t code_point(std::string_view sequence) {
  assert(!sequence.empty());
  assert(sequence.size() <= 4);
  constexpr unsigned char kPayload[] = {0, 0x7F, 0x1F, 0x0F, 0x07};  // of the first byte
  char32_t c = static_cast<unsigned char>(sequence[0]) & kPayload[sequence.size()];
  for (const char byte : sequence.substr(1)) {
    c = c << 6U | (static_cast<unsigned char>(byte) & 0x3FU);
  }
  return c;
}

}  // namespace suan::engine
