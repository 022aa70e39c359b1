#include "engine/weights/dequantize_blocks.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "engine/weights/dequantize.h"

namespace suan::engine {
namespace {

uint16_t u16_at(const unsigned char* data) {
  uint16_t bits = 0;
  std::memcpy(&bits, data, sizeof bits);
  return bits;
}

uint32_t u32_at(const unsigned char* data) {
  uint32_t bits = 0;
  std::memcpy(&bits, data, sizeof bits);
  return bits;
}

float f16_at(const unsigned char* data) {
  return float_of_f16(u16_at(data));
}

float i8_at(const unsigned char* data) {
  return static_cast<float>(static_cast<int8_t>(*data));
}

/// Calls `one(block's bytes, block's elements)` for each block.
template <size_t kElements, size_t kBytes, typename One>
void for_blocks(const unsigned char* data, std::span<float> out, const One& one) {
  for (size_t first = 0; first < out.size(); first += kElements, data += kBytes)
    one(data, out.data() + first);
}

/// Number `i` of 32 four-bit numbers in 16 bytes: the low halves first, then the high ones.
uint32_t nibble(const unsigned char* bytes, size_t i) {
  return i < 16 ? bytes[i] & 15U : bytes[i - 16] >> 4;
}

/// Four bits in `low`, the fifth is bit `i` of `high`.
uint32_t five_bits(const unsigned char* low, uint32_t high, size_t i) {
  return nibble(low, i) | ((high >> i) & 1U) << 4;
}

/// The scale and the minimum of a run of 32 elements of Q4_K and Q5_K.
struct Run {
  float scale = 0;
  float minimum = 0;
};

/// Eight scales and eight minima of six bits in 12 bytes: the first four of each have bytes of
/// their own (0 to 3, 4 to 7), whose upper two bits are the upper bits of the last four; those
/// have their lower four bits in bytes 8 to 11, scales below minima.
Run run_of(const unsigned char* block, size_t i) {
  const unsigned char* packed = block + 4;
  const size_t j = i % 4;
  uint32_t scale = packed[j] & 63U;
  uint32_t minimum = packed[4 + j] & 63U;
  if (i >= 4) {
    scale = (packed[8 + j] & 15U) | (packed[j] >> 6) << 4;
    minimum = (packed[8 + j] >> 4) | (packed[4 + j] >> 6) << 4;
  }
  return {f16_at(block) * static_cast<float>(scale),
          f16_at(block + 2) * static_cast<float>(minimum)};
}

/// A sign, four bits of exponent with bias 7, three of fraction; no infinity, one NaN.
float float_of_e4m3(uint32_t bits) {
  const uint32_t exponent = (bits >> 3) & 15U;
  const uint32_t fraction = bits & 7U;
  float magnitude = 0;
  if (exponent == 15 && fraction == 7) {
    magnitude = std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -9);
  } else {
    magnitude = std::ldexp(static_cast<float>(8 + fraction), static_cast<int>(exponent) - 10);
  }
  return (bits & 0x80U) != 0 ? -magnitude : magnitude;
}

std::array<float, 256> all_e4m3() {
  std::array<float, 256> values{};
  for (uint32_t bits = 0; bits < values.size(); ++bits)
    values[bits] = float_of_e4m3(bits);
  return values;
}

}  // namespace

void dequantize_f32(const unsigned char* data, std::span<float> out) {
  std::memcpy(out.data(), data, out.size_bytes());
}

void dequantize_f16(const unsigned char* data, std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = f16_at(data + 2 * i);
}

void dequantize_bf16(const unsigned char* data, std::span<float> out) {
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = float_of_bf16(u16_at(data + 2 * i));
}

/// f16 d, 32 int8 q: w = d q
void dequantize_q8_0(const unsigned char* data, std::span<float> out) {
  for_blocks<32, 34>(data, out, [](const unsigned char* block, float* w) {
    const float d = f16_at(block);
    for (size_t i = 0; i < 32; ++i)
      w[i] = d * i8_at(block + 2 + i);
  });
}

/// f16 d, 16 bytes of q: w = d (q - 8)
void dequantize_q4_0(const unsigned char* data, std::span<float> out) {
  for_blocks<32, 18>(data, out, [](const unsigned char* block, float* w) {
    const float d = f16_at(block);
    for (size_t i = 0; i < 32; ++i)
      w[i] = d * (static_cast<float>(nibble(block + 2, i)) - 8);
  });
}

/// f16 d, f16 m, 16 bytes of q: w = d q + m
void dequantize_q4_1(const unsigned char* data, std::span<float> out) {
  for_blocks<32, 20>(data, out, [](const unsigned char* block, float* w) {
    const float d = f16_at(block);
    const float m = f16_at(block + 2);
    for (size_t i = 0; i < 32; ++i)
      w[i] = d * static_cast<float>(nibble(block + 4, i)) + m;
  });
}

/// f16 d, the 32 fifth bits, 16 bytes of q: w = d (q - 16)
void dequantize_q5_0(const unsigned char* data, std::span<float> out) {
  for_blocks<32, 22>(data, out, [](const unsigned char* block, float* w) {
    const float d = f16_at(block);
    const uint32_t high = u32_at(block + 2);
    for (size_t i = 0; i < 32; ++i)
      w[i] = d * (static_cast<float>(five_bits(block + 6, high, i)) - 16);
  });
}

/// f16 d, f16 m, the 32 fifth bits, 16 bytes of q: w = d q + m
void dequantize_q5_1(const unsigned char* data, std::span<float> out) {
  for_blocks<32, 24>(data, out, [](const unsigned char* block, float* w) {
    const float d = f16_at(block);
    const float m = f16_at(block + 2);
    const uint32_t high = u32_at(block + 4);
    for (size_t i = 0; i < 32; ++i)
      w[i] = d * static_cast<float>(five_bits(block + 8, high, i)) + m;
  });
}

/// f16 d, f16 dmin, 12 bytes of scales and minima of 8 runs, 128 bytes of q, 32 for two runs, the
/// first in the low halves: w = d scale q - dmin minimum
void dequantize_q4_k(const unsigned char* data, std::span<float> out) {
  for_blocks<256, 144>(data, out, [](const unsigned char* block, float* w) {
    for (size_t run = 0; run < 8; ++run) {
      const auto [scale, minimum] = run_of(block, run);
      const unsigned char* pair = block + 16 + 32 * (run / 2);
      const size_t shift = 4 * (run % 2);
      for (size_t i = 0; i < 32; ++i)
        w[32 * run + i] = scale * static_cast<float>((pair[i] >> shift) & 15U) - minimum;
    }
  });
}

/// As Q4_K, but before the q stand 32 bytes of fifth bits: bit `run` of byte i.
void dequantize_q5_k(const unsigned char* data, std::span<float> out) {
  for_blocks<256, 176>(data, out, [](const unsigned char* block, float* w) {
    const unsigned char* high = block + 16;
    for (size_t run = 0; run < 8; ++run) {
      const auto [scale, minimum] = run_of(block, run);
      const unsigned char* pair = block + 48 + 32 * (run / 2);
      const size_t shift = 4 * (run % 2);
      for (size_t i = 0; i < 32; ++i) {
        const uint32_t q = ((pair[i] >> shift) & 15U) | ((high[i] >> run) & 1U) << 4;
        w[32 * run + i] = scale * static_cast<float>(q) - minimum;
      }
    }
  });
}

/// 128 bytes of lower four bits, 64 of upper two, 16 int8 scales, f16 d: w = d scale (q - 32)
///
/// Each half of the block has 64 + 32 bytes for four runs of 32 elements: the lower bits of runs 0
/// and 1 are the low halves of its 64 bytes, those of runs 2 and 3 the high halves; the upper
/// bits of run r are bits 2r and 2r + 1.
void dequantize_q6_k(const unsigned char* data, std::span<float> out) {
  for_blocks<256, 210>(data, out, [](const unsigned char* block, float* w) {
    const float d = f16_at(block + 208);
    for (size_t run = 0; run < 8; ++run) {
      const size_t half = run / 4;
      const size_t r = run % 4;
      const unsigned char* low = block + 64 * half + 32 * (r % 2);
      const unsigned char* high = block + 128 + 32 * half;
      const unsigned char* scales = block + 192 + 2 * run;
      for (size_t i = 0; i < 32; ++i) {
        const uint32_t q = ((low[i] >> 4 * (r / 2)) & 15U) | ((high[i] >> 2 * r) & 3U) << 4;
        w[32 * run + i] = d * i8_at(scales + i / 16) * (static_cast<float>(q) - 32);
      }
    }
  });
}

void dequantize_f8_e4m3(const unsigned char* data, std::span<float> out) {
  static const std::array<float, 256> kValues = all_e4m3();
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = kValues[data[i]];
}

}  // namespace suan::engine
