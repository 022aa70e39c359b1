#pragma once

#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/reader.h"

namespace suan::engine {

/// Reads a GGUF file (versions 2 and 3), whole or split, or one that is only a vocabulary.
///
/// Shapes:   files  in the order of their numbers
/// Errors:   ModelError
/// Source:   engine.md section 7; ggml `gguf.md`; llama.cpp `llama-split.cpp` for split files
[[nodiscard]] Manifest read_gguf_model(const std::vector<SourceFile>& files);

}  // namespace suan::engine
