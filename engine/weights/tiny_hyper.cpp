#include "engine/weights/refuse.h"
#include "engine/weights/rope_scaling.h"
#include "engine/weights/tiny_tensors.h"
#include "engine/weights/tiny_vocabulary.h"

namespace suan::engine {
namespace {

void refuse_wish(const std::string& sentence) {
  refuse("make-tiny", "{}", sentence);
}

void check(const TinyModel& wish) {
  const auto within = [](const char* what, uint32_t value, uint32_t low, uint32_t high) {
    if (value >= low && value <= high) return;
    refuse_wish(fmt::format("{} is {}, allowed is {} to {}", what, value, low, high));
  };
  within("layers", wish.layers, 1, 128);
  within("dim", wish.dim, 16, 4096);
  within("heads", wish.heads, 1, 64);
  within("experts", wish.experts, 4, 256);
  within("context", wish.context_tokens, 16, 1 << 20);
  within("shards", wish.shards, 1, 64);
  if (wish.has_prediction && wish.architecture != "deepseek2") {
    refuse_wish("only deepseek2 has a layer that predicts further tokens");
  }
  if (wish.has_rope_factors && wish.architecture != "llama") {
    refuse_wish("only llama has RoPE factors");
  }
  if (wish.dim % (4 * wish.heads) != 0) {
    refuse_wish(fmt::format("dim {} is no multiple of 4 * heads {}", wish.dim, wish.heads));
  }
  if (wish.experts % 4 != 0) {
    refuse_wish(fmt::format("experts {} is no multiple of 4", wish.experts));
  }
}

void set_grouped_query(const TinyModel& wish, HyperParameters& hyper) {
  hyper.kv_heads = wish.heads % 2 == 0 ? wish.heads / 2 : wish.heads;
  hyper.head_dim = wish.dim / wish.heads;
  hyper.rope_dim = hyper.head_dim;
}

void set_latent_attention(const TinyModel& wish, HyperParameters& hyper) {
  hyper.kv_heads = 1;
  hyper.nope_dim = wish.dim / wish.heads;
  hyper.rope_dim = hyper.nope_dim / 2;
  hyper.value_dim = hyper.nope_dim;
  hyper.kv_lora = wish.dim;
  hyper.q_lora = wish.has_query_rank ? wish.dim : 0;
}

void set_experts(const TinyModel& wish, HyperParameters& hyper) {
  hyper.experts = wish.experts;
  hyper.experts_used = 3;
  hyper.expert_ff_dim = wish.dim;
  hyper.router_score = RouterScore::Softmax;
  hyper.router_normalises = true;
}

void set_deepseek_experts(const TinyModel& wish, HyperParameters& hyper) {
  set_experts(wish, hyper);
  hyper.experts_shared = wish.is_v2 ? 2 : 1;
  hyper.shared_ff_dim = hyper.experts_shared * hyper.expert_ff_dim;
  if (wish.is_v2) {
    hyper.router_normalises = false;
    if (wish.is_grouped) hyper.router_scale = 16;
    return;
  }
  hyper.router_score = RouterScore::Sigmoid;
  hyper.router_scale = 2.5F;
}

void set_yarn(const TinyModel& wish, HyperParameters& hyper) {
  YarnScaling yarn{.factor = 8, .original_context = wish.context_tokens / 8};
  if (hyper.kv_lora > 0) yarn.mscale = yarn.mscale_all_dim = wish.is_v2 ? 0.707F : 1.0F;
  scale_by_yarn(yarn, hyper);
}

HyperParameters hyper_parameters(const TinyModel& wish) {
  HyperParameters hyper;
  hyper.architecture = wish.architecture;
  hyper.layers = wish.layers;
  hyper.dim = wish.dim;
  hyper.heads = wish.heads;
  hyper.ff_dim = 2 * wish.dim;
  hyper.context_tokens = wish.context_tokens;
  hyper.norm_eps = 1e-6F;
  hyper.rope_base = 10000;
  set_grouped_query(wish, hyper);
  if (wish.architecture == "deepseek2") {
    set_latent_attention(wish, hyper);
    set_deepseek_experts(wish, hyper);
    hyper.head_dim = 0;
    hyper.dense_layers = wish.layers > 1 ? 1 : 0;
    // Groups of two experts at least.
    const bool has_groups = (!wish.is_v2 || wish.is_grouped) && wish.experts >= 8;
    hyper.groups = has_groups ? 4 : 1;
    hyper.groups_kept = has_groups ? 2 : 1;
  } else if (wish.architecture == "qwen3moe") {
    set_experts(wish, hyper);
    hyper.rope_is_adjacent = false;
    hyper.rope_base = 1e6F;
  } else if (wish.architecture == "qwen2" || wish.architecture == "qwen3") {
    hyper.rope_is_adjacent = false;
    hyper.rope_base = 1e6F;
  } else if (wish.architecture == "stories-moe") {
    set_experts(wish, hyper);
    hyper.router_score = RouterScore::Sigmoid;
    hyper.experts_shared = 1;
    hyper.shared_ff_dim = 2 * wish.dim;
    hyper.ff_dim = 0;
  } else if (wish.architecture != "llama") {
    refuse_wish(fmt::format("architecture {} is not one of {}", in_quotes(wish.architecture),
                            tiny_architectures()));
  }
  if (wish.has_yarn) set_yarn(wish, hyper);
  if (wish.has_rope_factors) {
    const Llama3Scaling scaling{.factor = 8, .original_context = wish.context_tokens / 8};
    scale_as_llama3("make-tiny", scaling, hyper);
  }
  if (wish.has_prediction) hyper.mtp_layers = 1;
  return hyper;
}

}  // namespace

std::string tiny_architectures() {
  return "deepseek2, llama, qwen2, qwen3, qwen3moe, stories-moe";
}

Manifest tiny_manifest(const TinyModel& wish) {
  check(wish);
  Manifest manifest;
  manifest.name = fmt::format("tiny {}, seed {}", wish.architecture, wish.seed);
  manifest.vocabulary = tiny_vocabulary(wish);
  manifest.chat_template = tiny_chat_template(wish);
  manifest.hyper = hyper_parameters(wish);
  manifest.hyper.vocabulary = static_cast<uint32_t>(manifest.vocabulary.pieces.size());
  return manifest;
}

}  // namespace suan::engine
