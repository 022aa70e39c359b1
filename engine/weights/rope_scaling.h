#pragma once

#include <cstdint>
#include <string_view>

#include "engine/weights/manifest.h"

namespace suan::engine {

// How models reach contexts longer than those that they first learned from, as the formats say it;
// the functions turn it into what RoPE and attention need. Ranges are checked later, with all
// hyper-parameters.

/// Source:   YaRN (arXiv 2309.00071), section 3; DeepSeek-V3 `inference/model.py`
struct YarnScaling {
  float factor = 1;
  uint32_t original_context = 0;
  float beta_fast = 32;
  float beta_slow = 1;
  float mscale = 1;
  float mscale_all_dim = 0;  // 0: attention scores are left alone
  float magnitude = 1;       // of cosines and sines, beside what the two above give
};

/// Two rules. DeepSeek scales attention scores by mscale_all_dim, squared, and cosines by
/// m(mscale) / m(mscale_all_dim), where m(s) = 1 + 0.1 s ln(factor). Others only scale cosines.
void scale_by_yarn(const YarnScaling& yarn, HyperParameters& hyper);

/// Every frequency is divided by `factor`. Errors: ModelError for an absurd RoPE dimension
void scale_evenly(std::string_view file, float factor, HyperParameters& hyper);

/// Source:   transformers `modeling_rope_utils.py`, `_compute_llama3_parameters`
struct Llama3Scaling {
  float factor = 1;
  float low_freq_factor = 1;
  float high_freq_factor = 4;
  uint32_t original_context = 8192;
};

/// Slow pairs are divided by `factor`, fast ones not, those between are blended.
void scale_as_llama3(std::string_view file,
                     const Llama3Scaling& scaling,
                     HyperParameters& hyper);

}  // namespace suan::engine
