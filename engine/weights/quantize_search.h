#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace suan::engine {

/// x is near scale * q, with whole q from `low` to `high`.
///
/// Returns:  the scale with the least squared error of those that were tried; 0 for zeros
/// Requires: low < 0 < high <= -low; all values are finite
[[nodiscard]] float search_scale(std::span<const float> values, int low, int high);

/// x is near scale * q + offset, with whole q from 0 to `high`.
struct Affine {
  float scale = 0;  // never below 0
  float offset = 0;
};

/// Offsets never above `offset_max` (0 where a format stores only minima below 0).
[[nodiscard]] Affine search_affine(std::span<const float> values, int high, float offset_max);

/// To the nearest whole number, ties to even, for |value| < 2^22: the addition drops the fraction.
/// A library call for each element would stop the compiler from computing several at once.
[[nodiscard]] inline float rounded(float value) {
  constexpr float kUnit = 0x1.8p23F;
  return (value + kUnit) - kUnit;
}

/// `value` rounded into low..high; NaN becomes low.
[[nodiscard]] inline float rounded_into(float value, float low, float high) {
  return rounded(std::min(high, std::max(low, value)));
}

[[nodiscard]] inline int nearest(float value, int low, int high) {
  return static_cast<int>(
      rounded_into(value, static_cast<float>(low), static_cast<float>(high)));
}

/// 1 / scale; 0 for a scale so small that everything is stored as 0.
[[nodiscard]] inline float inverse_of(float scale) {
  const float inverse = 1 / scale;
  return std::isfinite(inverse) ? inverse : 0;
}

}  // namespace suan::engine
