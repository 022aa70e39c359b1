#pragma once

#include <string_view>
#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/reader.h"

namespace suan::engine {

/// Reads a llama2.c checkpoint of version 0 and the vocabulary beside it.
///
/// Shapes:   files  checkpoint, [vocabulary]
/// Source:   karpathy/llama2.c export.py `legacy_export` and run.c `memory_map_weights`
[[nodiscard]] Manifest read_llama2c(const std::vector<SourceFile>& files);

/// Reads a llama2.c vocabulary (`tok512.bin`) of exactly `size` pieces; 1 begins a text, 1 and 2
/// end one. The format stands in tests/data/models/README.md.
[[nodiscard]] Vocabulary read_llama2c_vocabulary(const SourceFile& file, uint32_t size);

}  // namespace suan::engine
