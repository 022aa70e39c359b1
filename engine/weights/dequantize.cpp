#include "engine/weights/dequantize.h"

#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

namespace suan::engine {
namespace {

uint16_t load_u16(const unsigned char* data) {
  uint16_t bits = 0;
  std::memcpy(&bits, data, sizeof bits);
  return bits;
}

void dequantize_q8_0(const unsigned char* data, std::span<float> out) {
  constexpr Block kBlock = block_of(TensorType::Q8_0);
  for (size_t first = 0; first < out.size(); first += kBlock.elements, data += kBlock.bytes) {
    const float scale = float_of_f16(load_u16(data));
    for (size_t i = 0; i < kBlock.elements; ++i) {
      out[first + i] = scale * static_cast<float>(static_cast<int8_t>(data[2 + i]));
    }
  }
}

}  // namespace

void dequantize(TensorType type, const unsigned char* data, std::span<float> out) {
  assert(out.size() % block_of(type).elements == 0);
  switch (type) {
    case TensorType::F32:
      std::memcpy(out.data(), data, out.size_bytes());
      return;
    case TensorType::F16:
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = float_of_f16(load_u16(data + 2 * i));
      return;
    case TensorType::BF16:
      for (size_t i = 0; i < out.size(); ++i)
        out[i] = float_of_bf16(load_u16(data + 2 * i));
      return;
    case TensorType::Q8_0:
      dequantize_q8_0(data, out);
      return;
  }
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
