#include "engine/weights/gguf_keys.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "engine/tokenizer/pieces.h"

namespace suan::engine {
namespace {

/// The keys of one architecture: `llama.block_count` and so on.
class Keys {
 public:
  Keys(GgufWriter& file, const std::string& architecture)
      : file_(&file), prefix_(architecture + '.') {}

  void whole(const char* key, uint32_t value) const { file_->whole(prefix_ + key, value); }

  void real(const char* key, float value) const { file_->real(prefix_ + key, value); }

  void truth(const char* key, bool value) const { file_->truth(prefix_ + key, value); }

  void text(const char* key, const char* value) const { file_->text(prefix_ + key, value); }

 private:
  GgufWriter* file_;
  std::string prefix_;
};

void write_sizes(const Keys& keys, const HyperParameters& hyper) {
  keys.whole("block_count", hyper.layers + hyper.mtp_layers);
  if (hyper.mtp_layers > 0) keys.whole("nextn_predict_layers", hyper.mtp_layers);
  keys.whole("context_length", hyper.context_tokens);
  keys.whole("embedding_length", hyper.dim);
  keys.whole("feed_forward_length", hyper.ff_dim);
  keys.whole("vocab_size", hyper.vocabulary);
  keys.whole("attention.head_count", hyper.heads);
  keys.real("attention.layer_norm_rms_epsilon", hyper.norm_eps);
}

void write_grouped_query(const Keys& keys, const HyperParameters& hyper) {
  keys.whole("attention.head_count_kv", hyper.kv_heads);
  keys.whole("attention.key_length", hyper.head_dim);
  keys.whole("attention.value_length", hyper.head_dim);
}

/// Split weights are run as attention with one KV head over the compressed row; the older joined
/// form is described as the many heads that it expands to.
void write_latent_attention(const Keys& keys, const HyperParameters& hyper, LatentForm form) {
  const uint32_t key_length = hyper.nope_dim + hyper.rope_dim;
  if (hyper.q_lora > 0) keys.whole("attention.q_lora_rank", hyper.q_lora);
  keys.whole("attention.kv_lora_rank", hyper.kv_lora);
  if (form == LatentForm::Joined) {
    keys.whole("attention.head_count_kv", hyper.heads);
    keys.whole("attention.key_length", key_length);
    keys.whole("attention.value_length", hyper.value_dim);
    return;
  }
  keys.whole("attention.head_count_kv", 1);
  keys.whole("attention.key_length", hyper.kv_lora + hyper.rope_dim);
  keys.whole("attention.value_length", hyper.kv_lora);
  keys.whole("attention.key_length_mla", key_length);
  keys.whole("attention.value_length_mla", hyper.value_dim);
}

/// Deepseek2 scales attention's scores; for others readers scale cosines by themselves, and the
/// file says only what comes on top.
void write_yarn(const Keys& keys, const HyperParameters& hyper) {
  keys.text("rope.scaling.type", "yarn");
  keys.real("rope.scaling.factor", hyper.yarn_factor);
  keys.whole("rope.scaling.original_context_length", hyper.yarn_original_context);
  keys.real("rope.scaling.yarn_beta_fast", hyper.yarn_beta_fast);
  keys.real("rope.scaling.yarn_beta_slow", hyper.yarn_beta_slow);
  double usual = 1;
  if (hyper.kv_lora > 0) {
    keys.real("rope.scaling.yarn_log_multiplier", hyper.yarn_log_multiplier);
  } else {
    usual += 0.1 * std::log(double{hyper.yarn_factor});
  }
  const auto factor = static_cast<float>(hyper.rope_magnitude / usual);
  if (std::fabs(factor - 1) > 1e-6F) keys.real("rope.scaling.attn_factor", factor);
}

void write_rope(const Keys& keys, const HyperParameters& hyper) {
  keys.whole("rope.dimension_count", hyper.rope_dim);
  keys.real("rope.freq_base", hyper.rope_base);
  if (hyper.yarn_factor > 1) {
    write_yarn(keys, hyper);
  } else if (has_even_factors(hyper)) {
    keys.text("rope.scaling.type", "linear");
    keys.real("rope.scaling.factor", hyper.rope_factors[0]);
  }
}

void write_experts(const Keys& keys, const HyperParameters& hyper) {
  keys.whole("expert_count", hyper.experts);
  keys.whole("expert_used_count", hyper.experts_used);
  keys.whole("expert_feed_forward_length", hyper.expert_ff_dim);
  keys.whole("expert_gating_func", hyper.router_score == RouterScore::Sigmoid ? 2 : 1);
  keys.truth("expert_weights_norm", hyper.router_normalises);
  keys.real("expert_weights_scale", hyper.router_scale);
  keys.whole("leading_dense_block_count", hyper.dense_layers);
  if (hyper.experts_shared > 0) {
    keys.whole("expert_shared_count", hyper.experts_shared);
    keys.whole("expert_shared_feed_forward_length", hyper.shared_ff_dim);
  }
  if (hyper.groups > 1) {
    keys.whole("expert_group_count", hyper.groups);
    keys.whole("expert_group_used_count", hyper.groups_kept);
  }
}

/// The token that ends a text stands first; where BOS ends one too, it is no such token to others.
std::vector<int32_t> ends_in_order(const Vocabulary& vocabulary) {
  std::vector<int32_t> ends = vocabulary.ends;
  std::stable_partition(ends.begin(), ends.end(),
                        [&](int32_t end) { return end != vocabulary.bos; });
  return ends;
}

void write_special_tokens(GgufWriter& file, const Vocabulary& vocabulary) {
  constexpr std::array kEnds = {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id",
                                "tokenizer.ggml.eom_token_id"};
  if (vocabulary.bos >= 0) {
    file.whole("tokenizer.ggml.bos_token_id", static_cast<uint32_t>(vocabulary.bos));
  }
  const std::vector<int32_t> ends = ends_in_order(vocabulary);
  for (size_t i = 0; i < std::min(ends.size(), kEnds.size()); ++i) {
    file.whole(kEnds[i], static_cast<uint32_t>(ends[i]));
  }
  const auto unknown = std::ranges::find(vocabulary.types, kUnknownPiece);
  if (unknown != vocabulary.types.end()) {
    file.whole("tokenizer.ggml.unknown_token_id",
               static_cast<uint32_t>(unknown - vocabulary.types.begin()));
  }
}

void write_vocabulary(GgufWriter& file, const Vocabulary& vocabulary) {
  if (vocabulary.kind == VocabularyKind::None) return;
  const bool is_bpe = vocabulary.kind == VocabularyKind::ByteBpe;
  file.text("tokenizer.ggml.model", is_bpe ? "gpt2" : "llama");
  file.text("tokenizer.ggml.pre", is_bpe ? vocabulary.pre_split : "default");
  file.texts("tokenizer.ggml.tokens", vocabulary.pieces);
  file.wholes("tokenizer.ggml.token_type", vocabulary.types);
  if (is_bpe) {
    file.texts("tokenizer.ggml.merges", vocabulary.merges);
  } else {
    file.reals("tokenizer.ggml.scores", vocabulary.scores);
    file.truth("tokenizer.ggml.add_space_prefix", vocabulary.adds_space_prefix);
  }
  file.truth("tokenizer.ggml.add_bos_token", vocabulary.adds_bos);
  write_special_tokens(file, vocabulary);
}

/// llama.cpp's `llama_ftype`.
uint32_t number_of_file_type(TensorType type) {
  switch (type) {
    case TensorType::F32:
      return 0;
    case TensorType::F16:
      return 1;
    case TensorType::Q4_0:
      return 2;
    case TensorType::Q4_1:
      return 3;
    case TensorType::Q8_0:
      return 7;
    case TensorType::Q5_0:
      return 8;
    case TensorType::Q5_1:
      return 9;
    case TensorType::Q4_K:
      return 14;
    case TensorType::Q5_K:
      return 16;
    case TensorType::Q6_K:
      return 18;
    case TensorType::BF16:
      return 32;
    case TensorType::F8E4M3:
      break;  // no GGUF file holds it
  }
  return 0;
}

}  // namespace

bool has_even_factors(const HyperParameters& hyper) {
  const std::vector<float>& factors = hyper.rope_factors;
  return !factors.empty() &&
         std::ranges::all_of(factors, [&](float factor) { return factor == factors[0]; });
}

void write_keys(GgufWriter& file,
                const Manifest& manifest,
                TensorType file_type,
                LatentForm form) {
  const HyperParameters& hyper = manifest.hyper;
  file.text("general.architecture", hyper.architecture);
  if (!manifest.name.empty()) file.text("general.name", manifest.name);
  file.whole("general.alignment", 32);
  file.whole("general.file_type", number_of_file_type(file_type));
  file.whole("general.quantization_version", 2);
  const Keys keys(file, hyper.architecture);
  write_sizes(keys, hyper);
  hyper.kv_lora > 0 ? write_latent_attention(keys, hyper, form)
                    : write_grouped_query(keys, hyper);
  write_rope(keys, hyper);
  if (hyper.experts > 0) write_experts(keys, hyper);
  write_vocabulary(file, manifest.vocabulary);
  if (!manifest.chat_template.empty()) {
    file.text("tokenizer.chat_template", manifest.chat_template);
  }
}

}  // namespace suan::engine
