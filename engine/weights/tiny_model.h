#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/weights/manifest.h"

namespace suan::engine {

/// Which small random model to make. Sizes not named here follow from these.
///
/// With `dim` 256 every matrix but MLA's attn_k_b can be stored in 256-element blocks.
struct TinyModel {
  std::string architecture = "deepseek2";  // or one of tiny_architectures()
  uint64_t seed = 1;
  uint32_t layers = 3;
  uint32_t dim = 64;
  uint32_t heads = 4;    // dim / heads is a multiple of 4
  uint32_t experts = 8;  // a multiple of 4; where the architecture has some
  uint32_t context_tokens = 4096;
  TensorType type = TensorType::F32;  // of matrices; rows that are no whole blocks become f16
  uint32_t shards = 1;                // files
  bool is_tied = false;               // the output shares the embedding's matrix
  bool has_yarn = false;              // with a short original context, so that it matters early
  bool has_rope_factors = false;      // llama: as Llama 3.1 stretches its context
  bool is_v2 = false;                 // deepseek2: softmax router without groups or bias
  bool is_grouped = false;            // deepseek2, V2: with the groups and scale of V2-236B
  bool has_query_rank = true;         // deepseek2: false for V2-Lite
  bool is_joined = false;             // deepseek2, GGUF: attn_kv_b as in old files
  bool has_prediction = false;        // deepseek2: one multi-token-prediction layer
};

/// Names of the architectures, for messages.
[[nodiscard]] std::string tiny_architectures();

/// Writes a GGUF file with seeded random weights and a vocabulary of all bytes and a few merges,
/// which tokenises any text. With several shards, `out` ends in `.gguf`, and the parts are
/// `NAME-00001-of-0000N.gguf`. Equal wishes give equal bytes, on every machine.
///
/// Returns:  the file to open
/// Errors:   ModelError: a wish that no model can have, or a file that cannot be written
std::filesystem::path write_tiny_gguf(const TinyModel& wish, const std::filesystem::path& out);

/// Writes the same model as a folder of Hugging Face's layout: config.json, safetensors (with an
/// index where there are several), tokenizer.json and its settings, or tok512.bin. `type` is f32,
/// f16, bf16, or f8_e4m3: FP8 with 128 x 128 scales, as DeepSeek-V3's own files have it.
///
/// Returns:  the folder to open, which may exist but must hold none of these files
/// Errors:   ModelError
std::filesystem::path write_tiny_folder(const TinyModel& wish,
                                        const std::filesystem::path& folder);

}  // namespace suan::engine
