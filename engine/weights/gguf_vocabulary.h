#pragma once

#include "engine/weights/gguf.h"
#include "engine/weights/manifest.h"

namespace suan::engine {

/// Reads `tokenizer.ggml.*`; kind None when the file has no tokens.
///
/// Errors:   ModelError, also for a tokenizer model that is neither `llama` nor `gpt2`
[[nodiscard]] Vocabulary read_gguf_vocabulary(const GgufFile& file);

}  // namespace suan::engine
