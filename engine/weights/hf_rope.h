#pragma once

#include "engine/weights/hf_settings.h"
#include "engine/weights/manifest.h"

namespace suan::engine {

/// Reads `rope_theta` and `rope_scaling`, or `rope_parameters`, which holds both in newer files.
///
/// Requires: the RoPE dimension and the kind of attention are read already
/// Errors:   ModelError; the ways `linear`, `llama3` and `yarn` are supported
/// Source:   transformers `modeling_rope_utils.py`; DeepSeek-V3 `modeling_deepseek.py`
void read_hf_rope(const HfSettings& config, HyperParameters& hyper);

}  // namespace suan::engine
