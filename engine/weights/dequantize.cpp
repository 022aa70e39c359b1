#include "engine/weights/dequantize.h"

#include <bit>
#include <cassert>
#include <cmath>

namespace suan::engine {

void dequantize(TensorType type, const unsigned char* data, std::span<float> out) {
  assert(out.size() % block_of(type).elements == 0);
  block_type(type).dequantize(data, out);
}

float float_of_bf16(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

float float_of_f16(uint16_t bits) {
  const uint32_t sign = uint32_t{bits & 0x8000U} << 16;
  const uint32_t exponent = (bits >> 10) & 0x1FU;
  const uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24 is exact in float
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;  // 112 = 127 - 15
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

uint16_t bf16_of_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40U);  // stays a NaN
  return static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

uint16_t f16_of_float(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000U);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return sign | 0x7E00U;
  if (magnitude >= 65520.0F) return sign | 0x7C00U;  // halfway past 65504, the largest
  if (magnitude < 0x1p-14F) {                        // subnormal: a whole number of 2^-24
    return sign | static_cast<uint16_t>(std::lrint(std::ldexp(magnitude, 24)));
  }
  const uint32_t kept = (bits & 0x7FFFFFFFU) - (112U << 23);
  return sign | static_cast<uint16_t>((kept + 0xFFFU + ((kept >> 13) & 1U)) >> 13);
}

}  // namespace suan::engine
