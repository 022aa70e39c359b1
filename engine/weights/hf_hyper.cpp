#include "engine/weights/hf_hyper.h"

#include <algorithm>
#include <array>

#include "engine/weights/hf_rope.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

void read_sizes(const HfSettings& config, HyperParameters& hyper) {
  config.require("hidden_act", "silu");
  hyper.mtp_layers = config.whole_or("num_nextn_predict_layers", 0);
  hyper.layers = config.whole("num_hidden_layers") + hyper.mtp_layers;
  hyper.dim = config.whole("hidden_size");
  hyper.heads = config.whole("num_attention_heads");
  hyper.kv_heads = config.whole_or("num_key_value_heads", hyper.heads);
  hyper.vocabulary = config.whole("vocab_size");
  hyper.context_tokens = config.whole("max_position_embeddings");
  hyper.norm_eps = config.real("rms_norm_eps");
  if (hyper.heads == 0) refuse(config.file(), "num_attention_heads is 0");
}

void read_grouped_query(const HfSettings& config, HyperParameters& hyper) {
  hyper.head_dim = config.whole_or("head_dim", hyper.dim / hyper.heads);
  hyper.rope_dim = hyper.head_dim;
  hyper.rope_is_adjacent = false;  // Hugging Face turns halves; GGUF's llama is permuted
  config.require_absent_or("use_sliding_window", false);
  config.require_absent_or("mlp_bias", false);
}

void read_llama(const HfSettings& config, HyperParameters& hyper) {
  read_grouped_query(config, hyper);
  config.require_absent_or("attention_bias", false);
  hyper.ff_dim = config.whole("intermediate_size");
}

void read_qwen2(const HfSettings& config, HyperParameters& hyper) {
  read_grouped_query(config, hyper);
  hyper.ff_dim = config.whole("intermediate_size");
}

void read_qwen3_experts(const HfSettings& config, HyperParameters& hyper) {
  read_llama(config, hyper);
  if (config.whole_or("decoder_sparse_step", 1) != 1 || config.has("mlp_only_layers.0")) {
    refuse(config.file(), "decoder_sparse_step or mlp_only_layers asks for dense layers");
  }
  hyper.experts = config.whole("num_experts");
  hyper.experts_used = config.whole("num_experts_per_tok");
  hyper.expert_ff_dim = config.whole("moe_intermediate_size");
  hyper.router_score = RouterScore::Softmax;
  hyper.router_normalises = config.truth("norm_topk_prob");
}

/// DeepSeek's routers: "greedy" and "group_limited_greedy" of V2, "noaux_tc" of V3, which ranks
/// groups by their best two and chooses with a bias.
void read_router(const HfSettings& config, HyperParameters& hyper) {
  const bool is_v2 = config.text("architectures.0") == "DeepseekV2ForCausalLM";
  const std::string method = config.text_or("topk_method", is_v2 ? "greedy" : "noaux_tc");
  const bool is_v3 = method == "noaux_tc";
  if (!is_v3 && method != "greedy" && method != "group_limited_greedy") {
    refuse(config.file(),
           "topk_method is {}; greedy, group_limited_greedy and noaux_tc are supported",
           in_quotes(method));
  }
  if (config.has("scoring_func")) config.require("scoring_func", is_v3 ? "sigmoid" : "softmax");
  hyper.router_score = is_v3 ? RouterScore::Sigmoid : RouterScore::Softmax;
  if (method != "greedy") {
    hyper.groups = config.whole_or("n_group", 1);
    hyper.groups_kept = config.whole_or("topk_group", hyper.groups);
  }
  hyper.router_normalises = config.truth("norm_topk_prob");
  hyper.router_scale = config.real("routed_scaling_factor");
}

void read_deepseek_experts(const HfSettings& config, HyperParameters& hyper) {
  hyper.experts = config.whole("n_routed_experts");
  hyper.experts_used = config.whole("num_experts_per_tok");
  hyper.experts_shared = config.whole_or("n_shared_experts", 0);
  hyper.expert_ff_dim = config.whole("moe_intermediate_size");
  if (__builtin_mul_overflow(hyper.expert_ff_dim, hyper.experts_shared, &hyper.shared_ff_dim)) {
    refuse(config.file(), "{} shared experts of width {} are too wide", hyper.experts_shared,
           hyper.expert_ff_dim);
  }
  hyper.shared_ff_dim = config.whole_or("shared_expert_intermediate_size", hyper.shared_ff_dim);
  hyper.dense_layers = config.whole_or("first_k_dense_replace", 0);
  if (hyper.dense_layers > 0) hyper.ff_dim = config.whole("intermediate_size");
  if (config.whole_or("moe_layer_freq", 1) != 1) {
    refuse(config.file(), "moe_layer_freq is {}; 1 is supported",
           config.whole("moe_layer_freq"));
  }
  read_router(config, hyper);
}

void read_deepseek(const HfSettings& config, HyperParameters& hyper) {
  config.require_absent_or("attention_bias", false);
  hyper.kv_heads = 1;  // one latent for all
  hyper.kv_lora = config.whole("kv_lora_rank");
  hyper.rope_dim = config.whole("qk_rope_head_dim");
  hyper.nope_dim = config.whole("qk_nope_head_dim");
  hyper.value_dim = config.whole("v_head_dim");
  hyper.rope_is_adjacent = config.truth_or("rope_interleave", true);
  read_deepseek_experts(config, hyper);
}

void read_stories(const HfSettings& config, HyperParameters& hyper) {
  read_grouped_query(config, hyper);
  hyper.rope_is_adjacent = config.truth("rope_interleaved");
  config.require("topk_method", "noaux_tc");
  read_deepseek_experts(config, hyper);
}

/// A new architecture is one line here.
struct Architecture {
  std::string_view hf;
  std::string_view gguf;
  void (*read)(const HfSettings& config, HyperParameters& hyper);
};

constexpr std::array kArchitectures = {
    Architecture{"DeepseekV2ForCausalLM", "deepseek2", read_deepseek},
    Architecture{"DeepseekV3ForCausalLM", "deepseek2", read_deepseek},
    Architecture{"LlamaForCausalLM", "llama", read_llama},
    Architecture{"Qwen2ForCausalLM", "qwen2", read_qwen2},
    Architecture{"Qwen3ForCausalLM", "qwen3", read_llama},
    Architecture{"Qwen3MoeForCausalLM", "qwen3moe", read_qwen3_experts},
    Architecture{"StoriesMoeForCausalLM", "stories-moe", read_stories},
};

const Architecture& architecture_of(const HfSettings& config) {
  const std::string name = config.text_or("architectures.0", "");
  const auto* found = std::ranges::find(kArchitectures, name, &Architecture::hf);
  if (found != kArchitectures.end()) return *found;

  std::vector<std::string_view> names;
  for (const Architecture& each : kArchitectures)
    names.push_back(each.hf);
  // Checkpoints of DeepSeek name their authors' code too; ours computes them without it.
  refuse(
      config.file(), "architecture {} is not supported{}; {} are", in_quotes(name),
      config.has_under("auto_map") ? " (auto_map names the model's own code, never run)" : "",
      fmt::join(names, ", "));
}

/// FP8 with scales of 128 x 128 blocks, or nothing.
void check_quantization(const HfSettings& config) {
  const std::string at = "quantization_config";
  if (!config.has_under(at)) return;
  config.require(at + ".quant_method", "fp8");
  if (config.text_or(at + ".fmt", "e4m3") != "e4m3") config.require(at + ".fmt", "e4m3");
  const std::vector<uint32_t> block = config.wholes(at + ".weight_block_size");
  if (block != std::vector<uint32_t>(2, kScaleBlock)) {
    refuse(config.file(), "{}.weight_block_size is [{}]; [{}, {}] is supported", at,
           fmt::join(block, ", "), kScaleBlock, kScaleBlock);
  }
}

}  // namespace

HyperParameters read_hf_hyper(const HfSettings& config) {
  const Architecture& architecture = architecture_of(config);
  check_quantization(config);
  HyperParameters hyper;
  hyper.architecture = architecture.gguf;
  read_sizes(config, hyper);
  architecture.read(config, hyper);
  read_hf_rope(config, hyper);
  return hyper;
}

}  // namespace suan::engine
