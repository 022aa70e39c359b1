#include "engine/weights/quantize_blocks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "engine/weights/dequantize.h"
#include "engine/weights/quantize_search.h"

namespace suan::engine {
namespace {

constexpr size_t kHalf = 16;  // elements that share bytes with the other half
constexpr float kAnyOffset = std::numeric_limits<float>::infinity();

/// Four-bit numbers of a block of 32: the first half low, the second half high.
void store_nibbles(std::span<const uint8_t> q, unsigned char* out) {
  for (size_t i = 0; i < kHalf; ++i)
    out[i] = static_cast<unsigned char>((q[i] & 15U) | (q[i + kHalf] & 15U) << 4);
}

/// The fifth bit of each.
void store_fifth_bits(std::span<const uint8_t> q, unsigned char* out) {
  uint32_t bits = 0;
  for (size_t i = 0; i < q.size(); ++i)
    bits |= uint32_t{q[i]} >> 4 << i;
  std::memcpy(out, &bits, sizeof bits);
}

struct Numbers {
  uint8_t q[32] = {};
};

/// Stores the scale; numbers count from 0, and `low` is the smallest value's multiple of it.
Numbers symmetric(std::span<const float> values, int low, int high, unsigned char* scale_out) {
  const float scale = store_f16(search_scale(values, low, high), scale_out);
  const float inverse = inverse_of(scale);
  Numbers numbers;
  for (size_t i = 0; i < values.size(); ++i)
    numbers.q[i] = static_cast<uint8_t>(nearest(values[i] * inverse, low, high) - low);
  return numbers;
}

/// Stores scale and offset, 2 bytes each.
Numbers affine(std::span<const float> values, int high, unsigned char* line_out) {
  const Affine line = search_affine(values, high, kAnyOffset);
  const float scale = store_f16(line.scale, line_out);
  const float offset = store_f16(line.offset, line_out + 2);
  const float inverse = inverse_of(scale);
  Numbers numbers;
  for (size_t i = 0; i < values.size(); ++i)
    numbers.q[i] = static_cast<uint8_t>(nearest((values[i] - offset) * inverse, 0, high));
  return numbers;
}

}  // namespace

float store_f16(float value, unsigned char* out) {
  constexpr float kLargest = 65504;
  const uint16_t bits = f16_of_float(std::clamp(value, -kLargest, kLargest));
  std::memcpy(out, &bits, sizeof bits);
  return float_of_f16(bits);
}

void quantize_q8_0(std::span<const float> values, unsigned char* out) {
  float largest = 0;
  for (const float value : values)
    largest = std::max(largest, std::fabs(value));
  const float inverse = inverse_of(store_f16(largest / 127, out));
  for (size_t i = 0; i < values.size(); ++i)
    out[2 + i] = static_cast<unsigned char>(nearest(values[i] * inverse, -127, 127));
}

void quantize_q4_0(std::span<const float> values, unsigned char* out) {
  store_nibbles(symmetric(values, -8, 7, out).q, out + 2);
}

void quantize_q4_1(std::span<const float> values, unsigned char* out) {
  store_nibbles(affine(values, 15, out).q, out + 4);
}

void quantize_q5_0(std::span<const float> values, unsigned char* out) {
  const Numbers numbers = symmetric(values, -16, 15, out);
  store_fifth_bits(numbers.q, out + 2);
  store_nibbles(numbers.q, out + 6);
}

void quantize_q5_1(std::span<const float> values, unsigned char* out) {
  const Numbers numbers = affine(values, 31, out);
  store_fifth_bits(numbers.q, out + 4);
  store_nibbles(numbers.q, out + 8);
}

}  // namespace suan::engine
