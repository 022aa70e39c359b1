#include "engine/weights/quantize_search.h"

#include <array>
#include <cstddef>
#include <limits>

namespace suan::engine {
namespace {

/// Scales are tried from one that cuts the largest values off to one that leaves room above them,
/// in steps of a tenth of a level; all at once, since that is what vector registers are good at.
constexpr size_t kTries = 20;
constexpr float kStep = 0.1F;

using Tries = std::array<float, kTries>;

/// Numbers of levels for the range of the values, around the usual `levels`.
Tries inverses(float levels, float range) {
  constexpr size_t kMiddle = kTries / 2;
  Tries tries{};
  for (size_t i = 0; i < kTries; ++i) {
    const float step = static_cast<float>(i) - static_cast<float>(kMiddle);
    tries[i] = (levels + kStep * step) / range;
  }
  return tries;
}

/// Sums over q for each try, for least squares.
struct Sums {
  Tries q{};
  Tries qq{};
  Tries xq{};
  float x = 0;
};

Sums sums_of(
    std::span<const float> values, const Tries& inverse, float offset, float low, float high) {
  Sums sums;
  for (const float value : values) {
    sums.x += value;
    for (size_t i = 0; i < kTries; ++i) {
      const float q = rounded_into((value - offset) * inverse[i], low, high);
      sums.q[i] += q;
      sums.qq[i] += q * q;
      sums.xq[i] += value * q;
    }
  }
  return sums;
}

struct Lines {
  Tries scale{};
  Tries offset{};
};

/// The best straight line through fixed q, by its normal equations.
Lines fit(const Sums& sums, float count, float offset_max) {
  Lines lines;
  for (size_t i = 0; i < kTries; ++i) {
    const float determinant = count * sums.qq[i] - sums.q[i] * sums.q[i];
    if (determinant > 0) {
      lines.scale[i] = (count * sums.xq[i] - sums.x * sums.q[i]) / determinant;
      lines.offset[i] = (sums.qq[i] * sums.x - sums.q[i] * sums.xq[i]) / determinant;
    }
    if (determinant <= 0 || lines.offset[i] > offset_max) {
      lines.offset[i] = std::min(lines.offset[i], offset_max);
      const float rest = sums.xq[i] - lines.offset[i] * sums.q[i];
      lines.scale[i] = sums.qq[i] > 0 ? rest / sums.qq[i] : 0;
    }
  }
  return lines;
}

Tries errors_of(std::span<const float> values, const Lines& lines, float high) {
  Tries inverse{};
  for (size_t i = 0; i < kTries; ++i)
    inverse[i] = inverse_of(lines.scale[i]);
  Tries error{};
  for (const float value : values) {
    for (size_t i = 0; i < kTries; ++i) {
      const float q = rounded_into((value - lines.offset[i]) * inverse[i], 0, high);
      const float miss = lines.scale[i] * q + lines.offset[i] - value;
      error[i] += miss * miss;
    }
  }
  return error;
}

}  // namespace

float search_scale(std::span<const float> values, int low, int high) {
  const float extreme =
      *std::ranges::max_element(values, {}, [](float value) { return std::fabs(value); });
  if (inverse_of(extreme) == 0) return 0;
  // The end of the range that has one level more takes the largest value.
  const Tries inverse = inverses(static_cast<float>(low), extreme);
  const Sums sums =
      sums_of(values, inverse, 0, static_cast<float>(low), static_cast<float>(high));
  float best_gain = 0;
  float best = 0;
  for (size_t i = 0; i < kTries; ++i) {
    if (sums.qq[i] == 0) continue;
    const float gain = sums.xq[i] * sums.xq[i] / sums.qq[i];
    if (gain <= best_gain) continue;
    best_gain = gain;
    best = sums.xq[i] / sums.qq[i];
  }
  return best;
}

Affine search_affine(std::span<const float> values, int high, float offset_max) {
  const auto [smallest, largest] = std::ranges::minmax(values);
  const auto top = static_cast<float>(high);
  Affine best{.scale = 0, .offset = std::min(smallest, offset_max)};
  const float range = largest - best.offset;
  if (!std::isfinite(range) || inverse_of(range) == 0) return best;
  const Sums sums = sums_of(values, inverses(top, range), best.offset, 0, top);
  const Lines lines = fit(sums, static_cast<float>(values.size()), offset_max);
  const Tries error = errors_of(values, lines, top);
  float best_error = std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < kTries; ++i) {
    if (!(lines.scale[i] > 0 && error[i] < best_error)) continue;
    best_error = error[i];
    best = {lines.scale[i], lines.offset[i]};
  }
  return best;
}

}  // namespace suan::engine
