#pragma once

#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/reader.h"

namespace suan::engine {

/// Reads a GGUF file (versions 2 and 3): architectures llama, deepseek2 and stories-moe, or only
/// a vocabulary. The multi-token-prediction block of deepseek2 is left out.
///
/// Source: engine.md section 7; llama.cpp `gguf.md` and `conversion/deepseek.py` for the keys
[[nodiscard]] Manifest read_gguf_model(const std::vector<SourceFile>& files);

}  // namespace suan::engine
