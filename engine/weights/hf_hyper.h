#pragma once

#include "engine/weights/hf_settings.h"
#include "engine/weights/manifest.h"

namespace suan::engine {

/// Reads the hyper-parameters of config.json, for the architectures of the list.
///
/// What only tensors tell is the caller's to settle; `layers` still counts the blocks that predict
/// further tokens.
/// Errors:   ModelError; settings that mean another computation than ours are refused by name
/// Source:   the `configuration_*.py` of transformers and of DeepSeek for names and defaults
[[nodiscard]] HyperParameters read_hf_hyper(const HfSettings& config);

}  // namespace suan::engine
