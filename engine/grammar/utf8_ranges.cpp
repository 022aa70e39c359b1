#include "engine/grammar/utf8_ranges.h"

#include <algorithm>
#include <cassert>

namespace suan::engine {
namespace {

constexpr CodeRange kSurrogates{0xD800, 0xDFFF};

uint8_t encode(uint32_t code, uint8_t (&bytes)[4]) {
  if (code < 0x80) {
    bytes[0] = static_cast<uint8_t>(code);
    return 1;
  }
  const uint8_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static constexpr uint8_t kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (uint8_t i = size - 1; i > 0; --i) {
    bytes[i] = static_cast<uint8_t>(0x80U | (code & 0x3FU));
    code >>= 6U;
  }
  bytes[0] = static_cast<uint8_t>(kLead[size] | code);
  return size;
}

/// Appends a range whose ends have equally many bytes, cutting where the last bytes are not full.
void append_same_size(CodeRange range, std::vector<ByteSequence>& sequences) {
  for (unsigned tail = 1; tail < 4; ++tail) {
    const uint32_t mask = (1U << (6U * tail)) - 1;
    if ((range.low & ~mask) == (range.high & ~mask)) break;
    if ((range.low & mask) != 0) {
      append_same_size({range.low, range.low | mask}, sequences);
      append_same_size({(range.low | mask) + 1, range.high}, sequences);
      return;
    }
    if ((range.high & mask) != mask) {
      append_same_size({range.low, (range.high & ~mask) - 1}, sequences);
      append_same_size({range.high & ~mask, range.high}, sequences);
      return;
    }
  }
  uint8_t low[4];
  uint8_t high[4];
  ByteSequence sequence;
  sequence.size = encode(range.low, low);
  [[maybe_unused]] const uint8_t size = encode(range.high, high);
  assert(size == sequence.size);
  for (uint8_t i = 0; i < sequence.size; ++i)
    sequence.bytes[i] = {low[i], high[i]};
  sequences.push_back(sequence);
}

std::vector<CodeRange> without_surrogates(CodeRange range) {
  std::vector<CodeRange> parts;
  if (range.low < kSurrogates.low) {
    parts.push_back({range.low, std::min(range.high, kSurrogates.low - 1)});
  }
  if (range.high > kSurrogates.high) {
    parts.push_back({std::max(range.low, kSurrogates.high + 1), range.high});
  }
  return parts;
}

}  // namespace

std::vector<ByteSequence> utf8_of(CodeRange range) {
  assert(range.low <= range.high);
  assert(range.high <= kCodePointMax);
  static constexpr CodeRange kSizes[] = {
      {0, 0x7F}, {0x80, 0x7FF}, {0x800, 0xFFFF}, {0x10000, kCodePointMax}};
  std::vector<ByteSequence> sequences;
  for (const CodeRange part : without_surrogates(range)) {
    for (const CodeRange same : kSizes) {
      const CodeRange cut{std::max(part.low, same.low), std::min(part.high, same.high)};
      if (cut.low <= cut.high) append_same_size(cut, sequences);
    }
  }
  return sequences;
}

std::vector<CodeRange> normalized(const std::vector<CodeRange>& ranges) {
  std::vector<CodeRange> parts;
  for (const CodeRange range : ranges) {
    for (const CodeRange part : without_surrogates(range))
      parts.push_back(part);
  }
  std::ranges::sort(parts, {}, &CodeRange::low);
  std::vector<CodeRange> joined;
  for (const CodeRange part : parts) {
    if (!joined.empty() && part.low <= joined.back().high + 1) {
      joined.back().high = std::max(joined.back().high, part.high);
    } else {
      joined.push_back(part);
    }
  }
  return joined;
}

std::vector<CodeRange> complement(const std::vector<CodeRange>& ranges) {
  std::vector<CodeRange> rest;
  uint32_t next = 0;
  for (const CodeRange range : normalized(ranges)) {
    if (range.low > next) rest.push_back({next, range.low - 1});
    next = range.high + 1;
  }
  if (next <= kCodePointMax) rest.push_back({next, kCodePointMax});
  return normalized(rest);
}

}  // namespace suan::engine
