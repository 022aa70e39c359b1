#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/block_types.h"

namespace suan::engine {

/// Bytes of a tensor; nothing when the product overflows or a row is no whole number of blocks.
[[nodiscard]] std::optional<uint64_t> tensor_bytes(TensorType type,
                                                   const std::vector<uint64_t>& shape);

/// Where a tensor lies. Names are GGUF's (`blk.0.attn_q.weight`), whatever the format.
///
/// Shapes:   shape is innermost first, as in GGUF: a matrix [rows, columns] is {columns, rows}
struct TensorEntry {
  std::string name;
  TensorType type{};
  std::vector<uint64_t> shape;
  uint32_t file = 0;  // of several
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

enum class RouterScore : uint8_t { None, Softmax, Sigmoid };

/// Hyper-parameters of every architecture, in one flat list; ranges are those of M3.
struct HyperParameters {
  std::string architecture;  // llama, deepseek2, stories-moe, ...
  uint32_t layers = 0;       // without those that predict further tokens
  uint32_t dim = 0;
  uint32_t heads = 0;
  uint32_t kv_heads = 0;
  uint32_t head_dim = 0;  // of grouped-query attention
  uint32_t ff_dim = 0;    // dense layers
  uint32_t vocabulary = 0;
  uint32_t context_tokens = 0;
  float norm_eps = 0;
  // RoPE and YaRN
  float rope_base = 0;
  uint32_t rope_dim = 0;
  bool rope_is_adjacent = true;  // pairs (0,1),(2,3)...; else halves
  float yarn_factor = 1;         // 1: no YaRN
  uint32_t yarn_original_context = 0;
  float yarn_beta_fast = 32;
  float yarn_beta_slow = 1;
  float yarn_log_multiplier = 0;    // 0.1 * mscale_all_dim for deepseek2
  float rope_magnitude = 1;         // cosines and sines are multiplied by it
  std::vector<float> rope_factors;  // each pair's frequency is divided by its own; empty: none
  // Mixture of experts; experts == 0: dense
  uint32_t experts = 0;
  uint32_t experts_used = 0;
  uint32_t experts_shared = 0;
  uint32_t expert_ff_dim = 0;
  uint32_t shared_ff_dim = 0;  // of all shared experts fused
  uint32_t dense_layers = 0;   // leading
  uint32_t groups = 1;
  uint32_t groups_kept = 1;
  RouterScore router_score = RouterScore::None;
  bool router_normalises = false;
  float router_scale = 1;
  // MLA; kv_lora == 0: grouped-query attention
  uint32_t q_lora = 0;
  uint32_t kv_lora = 0;
  uint32_t nope_dim = 0;
  uint32_t value_dim = 0;
  // Multi-token prediction: blocks after the last layer that guess further tokens
  uint32_t mtp_layers = 0;
};

enum class VocabularyKind : uint8_t { None, SentencePiece, ByteBpe };

struct Vocabulary {
  VocabularyKind kind = VocabularyKind::None;
  std::vector<std::string> pieces;
  std::vector<float> scores;
  std::vector<uint8_t> types;  // GGUF's token types: 1 normal, 2 unknown, 3 control, 6 byte
  std::vector<std::string> merges;
  std::string pre_split;  // name of the rule, for ByteBpe
  int32_t bos = -1;
  std::vector<int32_t> ends;  // tokens that end a text
  bool adds_bos = true;
  bool adds_space_prefix = true;
  bool normalizes_nfc = false;  // texts are brought to Unicode's form C first
  bool ignores_merges = false;  // a word that is a piece stays one, whatever the merges say
  std::vector<int32_t> strips_left;   // special tokens that swallow the white space before them
  std::vector<int32_t> strips_right;  // and after them
};

/// Everything that a model's files say, in one naming; checked before anything is computed.
struct Manifest {
  HyperParameters hyper;
  std::vector<TensorEntry> tensors;  // sorted by name; empty: the file holds a vocabulary only
  Vocabulary vocabulary;
  std::string chat_template;  // empty: none
  std::string name;
  std::string quantization;  // f32, f16, q8_0, ...: the type of most weights

  /// Null when there is none. O(log tensors).
  [[nodiscard]] const TensorEntry* find(std::string_view name) const;
};

/// Puts the tensors into the order that `find` needs; readers and hand-made manifests call it.
void sort_tensors(Manifest& manifest);

/// One routed expert's matrix {columns, rows}, wherever the file keeps it: a slice of the stacked
/// `<stem>.weight` (GGUF), or `<stem>.<expert>.weight` (safetensors). Stem: `blk.3.ffn_gate_exps`.
///
/// Errors:   nothing when the model has no such tensor or expert
[[nodiscard]] std::optional<TensorEntry> expert_entry(const Manifest& manifest,
                                                      std::string_view stem,
                                                      uint32_t expert);

/// The scales of an FP8 weight, or of one expert's slice of a stack: `<name>_scale_inv`, float32
/// {ceil(columns / 128), ceil(rows / 128)}. Nothing for weights of other types.
[[nodiscard]] std::optional<TensorEntry> scale_entry(const Manifest& manifest,
                                                     const TensorEntry& weight);

}  // namespace suan::engine
