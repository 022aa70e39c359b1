#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace suan::engine {

/// GGUF's name for a tensor of a Hugging Face checkpoint (`model.layers.0.mlp.experts.3.up_proj
/// .weight` is `blk.0.ffn_up_exps.3.weight`); nothing for one that the architecture lacks.
///
/// The scales of an FP8 weight keep their ending: `blk.0.attn_q_a.weight_scale_inv`.
/// Source: engine.md section 7
[[nodiscard]] std::optional<std::string> gguf_name(std::string_view hf_name);

/// Whether a tensor of an old checkpoint holds what the configuration says already.
[[nodiscard]] bool is_recomputed(std::string_view hf_name);

/// The inverse, for writers; nothing for a tensor that Hugging Face stores otherwise.
[[nodiscard]] std::optional<std::string> hf_name(std::string_view gguf_name);

}  // namespace suan::engine
