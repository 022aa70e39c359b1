#include "engine/weights/tiny_tensors.h"

#include <cmath>

#include <fmt/format.h>

namespace suan::engine {
namespace {

/// The tensors of one model, listed as GGUF lists them.
class Lister {
 public:
  Lister(const TinyModel& wish, const HyperParameters& hyper) : wish_(&wish), hyper_(&hyper) {}

  void list_model() {
    // Logits a few apart, so that greedy choices are clear.
    const float output_spread = 4 * usual();
    const float embedding_spread = wish_->is_tied ? output_spread : 1;
    weight("token_embd", {hyper_->dim, hyper_->vocabulary}, embedding_spread);
    norm("output_norm", hyper_->dim);
    if (!wish_->is_tied) weight("output", {hyper_->dim, hyper_->vocabulary}, output_spread);
    if (wish_->has_rope_factors) {
      tensors_.push_back({"rope_freqs.weight", {hyper_->rope_dim / 2}, TinyKind::RopeFactors});
    }
    for (uint32_t layer = 0; layer < hyper_->layers; ++layer)
      list_layer(layer);
    if (wish_->has_prediction) list_prediction(hyper_->layers);
  }

  [[nodiscard]] std::vector<TinyTensor>& tensors() { return tensors_; }

 private:
  void list_layer(uint32_t layer) {
    at_ = fmt::format("blk.{}.", layer);
    norm("attn_norm", hyper_->dim);
    hyper_->kv_lora > 0 ? list_latent_attention() : list_grouped_query();
    norm("ffn_norm", hyper_->dim);
    const bool is_dense = hyper_->experts == 0 || layer < hyper_->dense_layers;
    is_dense ? list_dense() : list_experts();
  }

  void list_grouped_query() {
    const uint64_t queries = uint64_t{hyper_->heads} * hyper_->head_dim;
    const uint64_t keys = uint64_t{hyper_->kv_heads} * hyper_->head_dim;
    weight("attn_q", {hyper_->dim, queries}, 1.5F * usual());
    weight("attn_k", {hyper_->dim, keys}, usual());
    weight("attn_v", {hyper_->dim, keys}, usual());
    if (hyper_->architecture == "qwen2") {
      bias("attn_q.bias", queries, 0.1F);
      bias("attn_k.bias", keys, 0.1F);
      bias("attn_v.bias", keys, 0.1F);
    }
    if (hyper_->architecture.starts_with("qwen3")) {
      norm("attn_q_norm", hyper_->head_dim);
      norm("attn_k_norm", hyper_->head_dim);
    }
    weight("attn_output", {queries, hyper_->dim}, usual());
  }

  void list_latent_attention() {
    const uint64_t heads = hyper_->heads;
    const uint64_t queries = heads * (hyper_->nope_dim + hyper_->rope_dim);
    if (hyper_->q_lora > 0) {
      weight("attn_q_a", {hyper_->dim, hyper_->q_lora}, usual());
      norm("attn_q_a_norm", hyper_->q_lora);
      weight("attn_q_b", {hyper_->q_lora, queries}, 1.5F * usual());
    } else {
      weight("attn_q", {hyper_->dim, queries}, 1.5F * usual());
    }
    weight("attn_kv_a_mqa", {hyper_->dim, hyper_->kv_lora + hyper_->rope_dim}, usual());
    norm("attn_kv_a_norm", hyper_->kv_lora);
    weight("attn_kv_b", {hyper_->kv_lora, heads * (hyper_->nope_dim + hyper_->value_dim)},
           usual());
    weight("attn_output", {heads * hyper_->value_dim, hyper_->dim}, usual());
  }

  void list_dense() {
    weight("ffn_gate", {hyper_->dim, hyper_->ff_dim}, usual());
    weight("ffn_up", {hyper_->dim, hyper_->ff_dim}, usual());
    weight("ffn_down", {hyper_->ff_dim, hyper_->dim}, usual());
  }

  void list_experts() {
    const uint64_t experts = hyper_->experts;
    const uint64_t width = hyper_->expert_ff_dim;
    add("ffn_gate_inp.weight", {hyper_->dim, experts}, TinyKind::Router, 2 * usual());
    if (hyper_->router_score == RouterScore::Sigmoid) bias("exp_probs_b.bias", experts, 0.05F);
    weight("ffn_gate_exps", {hyper_->dim, width, experts}, usual());
    weight("ffn_up_exps", {hyper_->dim, width, experts}, usual());
    weight("ffn_down_exps", {width, hyper_->dim, experts}, usual());
    if (hyper_->shared_ff_dim == 0) return;
    weight("ffn_gate_shexp", {hyper_->dim, hyper_->shared_ff_dim}, usual());
    weight("ffn_up_shexp", {hyper_->dim, hyper_->shared_ff_dim}, usual());
    weight("ffn_down_shexp", {hyper_->shared_ff_dim, hyper_->dim}, usual());
  }

  void list_prediction(uint32_t layer) {
    list_layer(layer);
    weight("nextn.eh_proj", {2 * uint64_t{hyper_->dim}, hyper_->dim}, usual());
    norm("nextn.enorm", hyper_->dim);
    norm("nextn.hnorm", hyper_->dim);
    norm("nextn.shared_head_norm", hyper_->dim);
  }

  /// Keeps a row's product with a normed vector near 1.
  [[nodiscard]] float usual() const { return 1 / std::sqrt(static_cast<float>(hyper_->dim)); }

  void weight(const char* stem, std::vector<uint64_t> shape, float spread) {
    add(std::string(stem) + ".weight", std::move(shape), TinyKind::Weight, spread);
  }

  void norm(const char* stem, uint64_t columns) {
    add(std::string(stem) + ".weight", {columns}, TinyKind::Norm, 0.1F);
  }

  void bias(const char* name, uint64_t columns, float spread) {
    add(name, {columns}, TinyKind::Bias, spread);
  }

  void add(const std::string& name, std::vector<uint64_t> shape, TinyKind kind, float spread) {
    tensors_.push_back({at_ + name, std::move(shape), kind, spread});
  }

  const TinyModel* wish_;
  const HyperParameters* hyper_;
  std::string at_;  // prefix of the layer
  std::vector<TinyTensor> tensors_;
};

uint64_t hash_of(std::string_view text) {  // FNV-1a
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

uint64_t splitmix64(uint64_t& state) {
  uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// The sum of four uniform draws: near enough to normal, and no libm in it.
float near_normal(uint64_t& state) {
  const uint64_t bits = splitmix64(state);
  uint64_t sum = 0;
  for (int i = 0; i < 4; ++i)
    sum += (bits >> (16 * i)) & 0xFFFF;
  return (static_cast<float>(sum) / 65536.0F - 2.0F) * 1.732F;
}

}  // namespace

std::vector<TinyTensor> tiny_tensors(const TinyModel& wish, const HyperParameters& hyper) {
  Lister lister(wish, hyper);
  lister.list_model();
  return std::move(lister.tensors());
}

std::vector<float> tiny_values(const TinyModel& wish,
                               const HyperParameters& hyper,
                               const TinyTensor& tensor) {
  if (tensor.kind == TinyKind::RopeFactors) return hyper.rope_factors;
  uint64_t count = 1;
  for (const uint64_t extent : tensor.shape)
    count *= extent;
  uint64_t state = wish.seed * 0x9E3779B97F4A7C15 ^ hash_of(tensor.name);
  std::vector<float> values(count);
  // In double the product is exact, so a fused multiply-add rounds as two steps do.
  const double middle = tensor.kind == TinyKind::Norm ? 1 : 0;
  for (float& value : values)
    value = static_cast<float>(double{near_normal(state)} * double{tensor.spread} + middle);
  return values;
}

}  // namespace suan::engine
