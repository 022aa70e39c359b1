#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace suan::engine {

/// Floats as their bits, to be compared exactly: a NaN equals itself, and -0 is not 0.
inline std::vector<uint32_t> bits_of(std::span<const float> values) {
  std::vector<uint32_t> bits;
  bits.reserve(values.size());
  for (const float value : values)
    bits.push_back(std::bit_cast<uint32_t>(value));
  return bits;
}

}  // namespace suan::engine
