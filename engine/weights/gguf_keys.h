#pragma once

#include "engine/weights/gguf_writer.h"
#include "engine/weights/manifest.h"

namespace suan::engine {

/// Which form the attention weights of deepseek2 are written in; its keys say so.
enum class LatentForm : uint8_t { Split, Joined };  // attn_k_b and attn_v_b, or attn_kv_b

/// Writes every key that readers of GGUF need for a model: its sizes, its vocabulary, its chat
/// template. What the file's tensors are is said in `file_type`, for listings.
///
/// Source:   engine.md section 7; llama.cpp `src/llama-arch.cpp` for the keys' names
void write_keys(GgufWriter& file,
                const Manifest& manifest,
                TensorType file_type,
                LatentForm form);

/// Every frequency is divided by the same: keys say so, where else a tensor would.
[[nodiscard]] bool has_even_factors(const HyperParameters& hyper);

}  // namespace suan::engine
