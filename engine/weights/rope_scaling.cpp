#include "engine/weights/rope_scaling.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/weights/checks.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

double magnitude(double factor, double mscale) {
  return factor <= 1 ? 1 : 1 + 0.1 * mscale * std::log(factor);
}

/// Pairs of the RoPE dimension, before anything is allocated by it.
size_t checked_pairs(std::string_view file, const HyperParameters& hyper) {
  if (hyper.rope_dim < 2 || hyper.rope_dim > kHeadDimMax) {
    refuse(file, "RoPE dimension is {}, allowed is 2 to {}", hyper.rope_dim, kHeadDimMax);
  }
  return hyper.rope_dim / 2;
}

}  // namespace

void scale_by_yarn(const YarnScaling& yarn, HyperParameters& hyper) {
  hyper.yarn_factor = yarn.factor;
  hyper.yarn_original_context = yarn.original_context;
  hyper.yarn_beta_fast = yarn.beta_fast;
  hyper.yarn_beta_slow = yarn.beta_slow;
  const double ratio =
      magnitude(yarn.factor, yarn.mscale) / magnitude(yarn.factor, yarn.mscale_all_dim);
  hyper.rope_magnitude = static_cast<float>(yarn.magnitude * ratio);
  if (hyper.kv_lora > 0) hyper.yarn_log_multiplier = 0.1F * yarn.mscale_all_dim;
}

void scale_evenly(std::string_view file, float factor, HyperParameters& hyper) {
  hyper.rope_factors.assign(checked_pairs(file, hyper), factor);
}

void scale_as_llama3(std::string_view file,
                     const Llama3Scaling& scaling,
                     HyperParameters& hyper) {
  const size_t pairs = checked_pairs(file, hyper);
  hyper.rope_factors.clear();
  for (size_t i = 0; i < pairs; ++i) {
    const double exponent = 2.0 * static_cast<double>(i) / hyper.rope_dim;
    const double wavelength =
        2 * std::numbers::pi * std::pow(double{hyper.rope_base}, exponent);
    const double turns = scaling.original_context / wavelength;  // over the original context
    const double share = (turns - scaling.low_freq_factor) /
                         (double{scaling.high_freq_factor} - scaling.low_freq_factor);
    const double kept = std::clamp(share, 0.0, 1.0);
    hyper.rope_factors.push_back(static_cast<float>(1 / ((1 - kept) / scaling.factor + kept)));
  }
}

}  // namespace suan::engine
