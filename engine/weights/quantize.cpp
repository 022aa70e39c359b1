#include "engine/weights/quantize.h"

#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

#include "engine/weights/dequantize.h"
#include "engine/weights/quantize_blocks.h"

namespace suan::engine {
namespace {

constexpr size_t kBlockMax = 256;

void store_u16(uint16_t bits, unsigned char* out) {
  std::memcpy(out, &bits, sizeof bits);
}

using Store = void (*)(std::span<const float> values, unsigned char* out);

/// How one block is stored; null for the types that have no blocks.
Store store_of(TensorType type) {
  switch (type) {
    case TensorType::Q8_0:
      return quantize_q8_0;
    case TensorType::Q4_0:
      return quantize_q4_0;
    case TensorType::Q4_1:
      return quantize_q4_1;
    case TensorType::Q5_0:
      return quantize_q5_0;
    case TensorType::Q5_1:
      return quantize_q5_1;
    case TensorType::Q4_K:
      return quantize_q4_k;
    case TensorType::Q5_K:
      return quantize_q5_k;
    case TensorType::Q6_K:
      return quantize_q6_k;
    case TensorType::F32:
    case TensorType::F16:
    case TensorType::BF16:
    case TensorType::F8E4M3:
      return nullptr;
  }
  return nullptr;
}

void store_plain(TensorType type, std::span<const float> values, unsigned char* out) {
  if (type == TensorType::F32) std::memcpy(out, values.data(), values.size_bytes());
  for (size_t i = 0; i < values.size(); ++i) {
    if (type == TensorType::F16) store_u16(f16_of_float(values[i]), out + 2 * i);
    if (type == TensorType::BF16) store_u16(bf16_of_float(values[i]), out + 2 * i);
    if (type == TensorType::F8E4M3) out[i] = f8_e4m3_of_float(values[i]);
  }
}

/// Blocks of the file's type hold at most 65504, the largest float16, as a scale.
void store_block(Store store, std::span<const float> values, unsigned char* out) {
  std::array<float, kBlockMax> finite{};
  for (size_t i = 0; i < values.size(); ++i)
    finite[i] = std::isfinite(values[i]) ? values[i] : 0;
  store(std::span(finite).first(values.size()), out);
}

}  // namespace

void quantize(TensorType type, std::span<const float> values, unsigned char* out) {
  const Block block = block_of(type);
  assert(values.size() % block.elements == 0);
  const Store store = store_of(type);
  if (store == nullptr) {
    store_plain(type, values, out);
    return;
  }
  for (size_t first = 0; first < values.size(); first += block.elements, out += block.bytes) {
    store_block(store, values.subspan(first, block.elements), out);
  }
}

uint8_t f8_e4m3_of_float(float value) {
  const auto sign = static_cast<uint8_t>(std::signbit(value) ? 0x80 : 0);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return sign | 0x7FU;
  if (magnitude >= 448) return sign | 0x7EU;
  if (magnitude < 0x1p-6F) {  // subnormal: a whole number of 2^-9
    return sign | static_cast<uint8_t>(std::lrint(std::ldexp(magnitude, 9)));
  }
  const uint32_t kept = std::bit_cast<uint32_t>(magnitude) - (120U << 23);  // 120 = 127 - 7
  return sign | static_cast<uint8_t>((kept + 0x7FFFFU + ((kept >> 20) & 1U)) >> 20);
}

}  // namespace suan::engine
