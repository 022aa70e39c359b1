#pragma once

#include <cstdint>
#include <span>

#include "engine/weights/block_types.h"

namespace suan::engine {

/// Stores floats as `type`: the inverse of `dequantize`, as near as the type allows. Scales are
/// searched for the least squared error, which takes 0.1 to 1 us for 32 elements.
///
/// Shapes:   out  as many bytes as `type` needs for `values`
/// Requires: values.size() is a whole number of blocks; values that are not finite count as 0,
///           in blocks. FP8 comes without scales: values beyond 448 become 448.
void quantize(TensorType type, std::span<const float> values, unsigned char* out);

/// Nearest float8 e4m3fn, ties to even.
[[nodiscard]] uint8_t f8_e4m3_of_float(float value);

}  // namespace suan::engine
