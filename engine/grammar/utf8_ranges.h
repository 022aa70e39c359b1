#pragma once

#include <cstdint>
#include <vector>

namespace suan::engine {

/// Code points from `low` to `high`, both included.
struct CodeRange {
  uint32_t low = 0;
  uint32_t high = 0;

  friend bool operator==(const CodeRange&, const CodeRange&) = default;
};

constexpr uint32_t kCodePointMax = 0x10FFFF;

/// Byte ranges whose every combination is one code point's UTF-8.
struct ByteSequence {
  struct Range {
    uint8_t low = 0;
    uint8_t high = 0;
  };

  uint8_t size = 0;
  Range bytes[4] = {};
};

/// The UTF-8 of a range, cut into as few sequences as it takes; surrogates are left out.
[[nodiscard]] std::vector<ByteSequence> utf8_of(CodeRange range);

/// Sorted, disjoint and joined where they touch; surrogates are left out.
[[nodiscard]] std::vector<CodeRange> normalized(const std::vector<CodeRange>& ranges);

/// Every code point that is in none of `ranges`, surrogates aside.
[[nodiscard]] std::vector<CodeRange> complement(const std::vector<CodeRange>& ranges);

}  // namespace suan::engine
