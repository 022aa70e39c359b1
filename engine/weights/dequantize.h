#pragma once

#include <cstdint>
#include <span>

#include "engine/weights/block_types.h"

namespace suan::engine {

[[nodiscard]] float float_of_f16(uint16_t bits);
[[nodiscard]] float float_of_bf16(uint16_t bits);

/// Rounds to nearest, ties to even; past the largest: infinity.
[[nodiscard]] uint16_t f16_of_float(float value);
[[nodiscard]] uint16_t bf16_of_float(float value);

/// Turns one row, or any run of whole blocks, into floats.
///
/// Shapes:   data  as many blocks of `type` as `out` needs; need not be aligned
/// Requires: out.size() is a multiple of block_of(type).elements; FP8 comes without its scales
void dequantize(TensorType type, const unsigned char* data, std::span<float> out);

}  // namespace suan::engine
