#include "engine/tokenizer/utf8.h"

#include <cassert>
#include <cstring>

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

bool is_ascii(uint64_t bytes) {
  return (bytes & 0x8080808080808080U) == 0;
}

/// How many bytes at the start of `text` are UTF-8.
size_t bytes_of_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    uint64_t next = 0;
    if (text.size() - at >= sizeof next) {
      std::memcpy(&next, text.data() + at, sizeof next);
      if (is_ascii(next)) {
        at += sizeof next;
        continue;
      }
    }
    const Utf8Sequence sequence = first_utf8_sequence(text.substr(at));
    if (sequence.state != Utf8State::Whole) break;
    at += sequence.bytes;
  }
  return at;
}

/// How many bytes at the start of `text` belong to no character.
size_t bytes_of_no_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const Utf8Sequence sequence = first_utf8_sequence(text.substr(at));
    if (sequence.state == Utf8State::Whole) break;
    at += sequence.bytes;
  }
  return at;
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
  return bytes_of_utf8(text) == text.size();
}

std::vector<Utf8Run> utf8_runs(std::string_view text) {
  std::vector<Utf8Run> runs;
  while (!text.empty()) {
    const size_t whole = bytes_of_utf8(text);
    if (whole > 0) runs.push_back({text.substr(0, whole), true});
    text.remove_prefix(whole);
    const size_t broken = bytes_of_no_utf8(text);
    if (broken > 0) runs.push_back({text.substr(0, broken), false});
    text.remove_prefix(broken);
  }
  return runs;
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
