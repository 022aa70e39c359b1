#pragma once

#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/reader.h"

namespace suan::engine {

/// Reads a folder: `config.json`, safetensors files, `tok512.bin` where there is one.
///
/// Shapes:   files  config.json first, then the others in any order
/// Errors:   ModelError; a model that brings code (`auto_map`) is refused (M7)
/// Source:   engine.md section 7 (names), section 9 (StoriesMoeForCausalLM)
[[nodiscard]] Manifest read_hf_folder(const std::vector<SourceFile>& files);

}  // namespace suan::engine
