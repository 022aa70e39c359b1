#include "engine/model/rope.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace suan::engine {
namespace {

/// The (fractional) pair whose wave turns `turns` times over the original context.
double pair_of_turns(const HyperParameters& hyper, double turns) {
  const double context = hyper.yarn_original_context;
  return hyper.rope_dim * std::log(context / (2 * std::numbers::pi * turns)) /
         (2 * std::log(double{hyper.rope_base}));
}

/// Fast pairs stay, slow ones are stretched by `factor`, those between are blended.
void stretch(const HyperParameters& hyper, std::vector<double>& frequencies) {
  const double low = std::max(0.0, std::floor(pair_of_turns(hyper, hyper.yarn_beta_fast)));
  const double high =
      std::min(hyper.rope_dim - 1.0, std::ceil(pair_of_turns(hyper, hyper.yarn_beta_slow)));
  const double width = std::max(0.001, high - low);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / width, 0.0, 1.0);
    frequencies[i] *= (1 - ramp) + ramp / hyper.yarn_factor;
  }
}

bool has_yarn(const HyperParameters& hyper) {
  return hyper.yarn_factor != 1.0F;
}

}  // namespace

Rope::Rope(const HyperParameters& hyper)
    : frequencies_(hyper.rope_dim / 2), magnitude_(hyper.rope_magnitude) {
  assert(hyper.rope_factors.empty() || hyper.rope_factors.size() == frequencies_.size());
  for (size_t i = 0; i < frequencies_.size(); ++i) {
    frequencies_[i] =
        std::pow(double{hyper.rope_base}, -2.0 * static_cast<double>(i) / hyper.rope_dim);
    if (!hyper.rope_factors.empty()) frequencies_[i] /= hyper.rope_factors[i];
  }
  if (has_yarn(hyper)) stretch(hyper, frequencies_);
}

void Rope::angles(std::span<const uint32_t> positions, std::span<float> angles) const {
  assert(angles.size() == positions.size() * frequencies_.size() * 2);
  // In double: far positions times a rounded frequency would miss by whole turns.
  float* out = angles.data();
  for (const uint32_t position : positions) {
    for (const double frequency : frequencies_) {
      const double angle = position * frequency;
      *out++ = static_cast<float>(magnitude_ * std::cos(angle));
      *out++ = static_cast<float>(magnitude_ * std::sin(angle));
    }
  }
}

double yarn_score_factor(const HyperParameters& hyper) {
  if (!has_yarn(hyper)) return 1;
  const double m = 1 + hyper.yarn_log_multiplier * std::log(double{hyper.yarn_factor});
  return m * m;
}

}  // namespace suan::engine
