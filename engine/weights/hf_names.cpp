#include "engine/weights/hf_names.h"

#include <array>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace suan::engine {
namespace {

struct Pair {
  std::string_view hf;
  std::string_view gguf;
};

constexpr std::array kWhole = {
    Pair{"model.embed_tokens.weight", "token_embd.weight"},
    Pair{"model.norm.weight", "output_norm.weight"},
    Pair{"lm_head.weight", "output.weight"},
};

/// After `model.layers.N.`, and after `blk.N.`. The last six stand in the block that predicts.
constexpr std::array kInLayer = {
    Pair{"input_layernorm.weight", "attn_norm.weight"},
    Pair{"self_attn.q_proj.weight", "attn_q.weight"},
    Pair{"self_attn.k_proj.weight", "attn_k.weight"},
    Pair{"self_attn.v_proj.weight", "attn_v.weight"},
    Pair{"self_attn.q_proj.bias", "attn_q.bias"},
    Pair{"self_attn.k_proj.bias", "attn_k.bias"},
    Pair{"self_attn.v_proj.bias", "attn_v.bias"},
    Pair{"self_attn.q_norm.weight", "attn_q_norm.weight"},
    Pair{"self_attn.k_norm.weight", "attn_k_norm.weight"},
    Pair{"self_attn.q_a_proj.weight", "attn_q_a.weight"},
    Pair{"self_attn.q_a_layernorm.weight", "attn_q_a_norm.weight"},
    Pair{"self_attn.q_b_proj.weight", "attn_q_b.weight"},
    Pair{"self_attn.kv_a_proj_with_mqa.weight", "attn_kv_a_mqa.weight"},
    Pair{"self_attn.kv_a_layernorm.weight", "attn_kv_a_norm.weight"},
    Pair{"self_attn.kv_b_proj.weight", "attn_kv_b.weight"},
    Pair{"self_attn.o_proj.weight", "attn_output.weight"},
    Pair{"post_attention_layernorm.weight", "ffn_norm.weight"},
    Pair{"mlp.gate_proj.weight", "ffn_gate.weight"},
    Pair{"mlp.up_proj.weight", "ffn_up.weight"},
    Pair{"mlp.down_proj.weight", "ffn_down.weight"},
    Pair{"mlp.gate.weight", "ffn_gate_inp.weight"},
    Pair{"mlp.gate.e_score_correction_bias", "exp_probs_b.bias"},
    Pair{"mlp.shared_experts.gate_proj.weight", "ffn_gate_shexp.weight"},
    Pair{"mlp.shared_experts.up_proj.weight", "ffn_up_shexp.weight"},
    Pair{"mlp.shared_experts.down_proj.weight", "ffn_down_shexp.weight"},
    Pair{"eh_proj.weight", "nextn.eh_proj.weight"},
    Pair{"enorm.weight", "nextn.enorm.weight"},
    Pair{"hnorm.weight", "nextn.hnorm.weight"},
    Pair{"shared_head.norm.weight", "nextn.shared_head_norm.weight"},
    Pair{"shared_head.head.weight", "nextn.shared_head_head.weight"},
    Pair{"embed_tokens.weight", "nextn.embed_tokens.weight"},
};

/// After `mlp.experts.E.`; the expert's number goes before `.weight`.
constexpr std::array kInExpert = {
    Pair{"gate_proj.weight", "ffn_gate_exps"},
    Pair{"up_proj.weight", "ffn_up_exps"},
    Pair{"down_proj.weight", "ffn_down_exps"},
};

template <size_t kSize>
std::optional<std::string_view> look_up(const std::array<Pair, kSize>& pairs,
                                        std::string_view hf) {
  for (const Pair& pair : pairs) {
    if (pair.hf == hf) return pair.gguf;
  }
  return std::nullopt;
}

template <size_t kSize>
std::optional<std::string_view> look_back(const std::array<Pair, kSize>& pairs,
                                          std::string_view gguf) {
  for (const Pair& pair : pairs) {
    if (pair.gguf == gguf) return pair.hf;
  }
  return std::nullopt;
}

/// Takes `prefix`, a number without leading zeros and a dot from the front of `text`.
std::optional<uint32_t> take_number(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  const std::string_view rest = text.substr(prefix.size());
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const auto digits = static_cast<size_t>(end - rest.data());
  if (error != std::errc() || digits == rest.size() || *end != '.') return std::nullopt;
  if (digits > 1 && rest[0] == '0') return std::nullopt;  // two names of one tensor
  text = rest.substr(digits + 1);
  return number;
}

std::optional<std::string> name_of_weight(std::string_view hf_name) {
  if (const auto whole = look_up(kWhole, hf_name)) return std::string(*whole);

  const auto layer = take_number(hf_name, "model.layers.");
  if (!layer) return std::nullopt;
  if (const auto name = look_up(kInLayer, hf_name))
    return fmt::format("blk.{}.{}", *layer, *name);

  const auto expert = take_number(hf_name, "mlp.experts.");
  if (!expert) return std::nullopt;
  const auto stem = look_up(kInExpert, hf_name);
  if (!stem) return std::nullopt;
  return fmt::format("blk.{}.{}.{}.weight", *layer, *stem, *expert);
}

}  // namespace

std::optional<std::string> gguf_name(std::string_view hf_name) {
  constexpr std::string_view kScales = "_scale_inv";
  const bool is_scales = hf_name.ends_with(kScales);
  if (is_scales) hf_name.remove_suffix(kScales.size());
  std::optional<std::string> name = name_of_weight(hf_name);
  if (name && is_scales) *name += kScales;
  return name;
}

bool is_recomputed(std::string_view hf_name) {
  return hf_name.ends_with(".rotary_emb.inv_freq");
}

std::optional<std::string> hf_name(std::string_view gguf_name) {
  if (const auto whole = look_back(kWhole, gguf_name)) return std::string(*whole);

  const auto layer = take_number(gguf_name, "blk.");
  if (!layer) return std::nullopt;
  if (const auto name = look_back(kInLayer, gguf_name))
    return fmt::format("model.layers.{}.{}", *layer, *name);

  for (const Pair& pair : kInExpert) {
    std::string_view rest = gguf_name;
    if (!rest.starts_with(pair.gguf)) continue;
    rest.remove_prefix(pair.gguf.size());
    const auto expert = take_number(rest, ".");
    if (expert && rest == "weight")
      return fmt::format("model.layers.{}.mlp.experts.{}.{}", *layer, *expert, pair.hf);
  }
  return std::nullopt;
}

}  // namespace suan::engine
