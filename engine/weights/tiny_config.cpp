#include "engine/weights/json_text.h"
#include "engine/weights/tiny_folder.h"

namespace suan::engine {
namespace {

const char* class_of(const TinyModel& wish) {
  if (wish.architecture == "deepseek2") {
    return wish.is_v2 ? "DeepseekV2ForCausalLM" : "DeepseekV3ForCausalLM";
  }
  if (wish.architecture == "qwen2") return "Qwen2ForCausalLM";
  if (wish.architecture == "qwen3") return "Qwen3ForCausalLM";
  if (wish.architecture == "qwen3moe") return "Qwen3MoeForCausalLM";
  if (wish.architecture == "stories-moe") return "StoriesMoeForCausalLM";
  return "LlamaForCausalLM";
}

const char* model_type_of(const TinyModel& wish) {
  if (wish.architecture == "deepseek2") return wish.is_v2 ? "deepseek_v2" : "deepseek_v3";
  if (wish.architecture == "qwen3moe") return "qwen3_moe";
  if (wish.architecture == "stories-moe") return "stories_moe";
  return wish.architecture.c_str();  // llama, qwen2, qwen3
}

const char* dtype_of(TensorType type) {
  if (type == TensorType::F32) return "float32";
  return type == TensorType::F16 ? "float16" : "bfloat16";
}

void add_sizes(JsonObject& config, const HyperParameters& hyper) {
  config.number("hidden_size", hyper.dim)
      .number("num_hidden_layers", hyper.layers)
      .number("num_attention_heads", hyper.heads)
      .number("vocab_size", hyper.vocabulary)
      .number("max_position_embeddings", hyper.context_tokens)
      .number("rms_norm_eps", hyper.norm_eps)
      .number("rope_theta", hyper.rope_base)
      .text("hidden_act", "silu")
      .truth("attention_bias", false);
  if (hyper.ff_dim > 0) config.number("intermediate_size", hyper.ff_dim);
}

void add_latent_attention(JsonObject& config, const HyperParameters& hyper) {
  config.number("num_key_value_heads", hyper.heads);
  if (hyper.q_lora > 0) {
    config.number("q_lora_rank", hyper.q_lora);
  } else {
    config.raw("q_lora_rank", "null");
  }
  config.number("kv_lora_rank", hyper.kv_lora)
      .number("qk_nope_head_dim", hyper.nope_dim)
      .number("qk_rope_head_dim", hyper.rope_dim)
      .number("v_head_dim", hyper.value_dim);
}

void add_deepseek_experts(JsonObject& config, const HyperParameters& hyper) {
  const bool is_v3 = hyper.router_score == RouterScore::Sigmoid;
  config.number("n_routed_experts", hyper.experts)
      .number("n_shared_experts", hyper.experts_shared)
      .number("num_experts_per_tok", hyper.experts_used)
      .number("moe_intermediate_size", hyper.expert_ff_dim)
      .number("n_group", hyper.groups)
      .number("topk_group", hyper.groups_kept)
      .number("first_k_dense_replace", hyper.dense_layers)
      .number("moe_layer_freq", 1)
      .truth("norm_topk_prob", hyper.router_normalises)
      .number("routed_scaling_factor", hyper.router_scale)
      .text("scoring_func", is_v3 ? "sigmoid" : "softmax")
      .text("topk_method", is_v3              ? "noaux_tc"
                           : hyper.groups > 1 ? "group_limited_greedy"
                                              : "greedy");
}

void add_qwen3_experts(JsonObject& config, const HyperParameters& hyper) {
  config.number("num_experts", hyper.experts)
      .number("num_experts_per_tok", hyper.experts_used)
      .number("moe_intermediate_size", hyper.expert_ff_dim)
      .truth("norm_topk_prob", hyper.router_normalises)
      .number("decoder_sparse_step", 1)
      .raw("mlp_only_layers", "[]");
}

/// YaRN as DeepSeek writes it: its softmax scale has mscale_all_dim, in both numbers.
std::string yarn(const HyperParameters& hyper) {
  JsonObject scaling;
  scaling.text("type", "yarn")
      .number("factor", hyper.yarn_factor)
      .number("original_max_position_embeddings", hyper.yarn_original_context)
      .number("beta_fast", hyper.yarn_beta_fast)
      .number("beta_slow", hyper.yarn_beta_slow);
  if (hyper.yarn_log_multiplier > 0) {
    const float mscale = hyper.yarn_log_multiplier * 10;
    scaling.number("mscale", mscale).number("mscale_all_dim", mscale);
  }
  return scaling.str();
}

std::string llama3_scaling(const HyperParameters& hyper) {
  return JsonObject()
      .text("rope_type", "llama3")
      .number("factor", 8.0)
      .number("low_freq_factor", 1.0)
      .number("high_freq_factor", 4.0)
      .number("original_max_position_embeddings", hyper.context_tokens / 8)
      .str();
}

void add_stories(JsonObject& config, const HyperParameters& hyper) {
  config.truth("rope_interleaved", true)
      .number("shared_expert_intermediate_size", hyper.shared_ff_dim)
      .text("tokenizer", "tok512.bin");
}

}  // namespace

std::string tiny_config_json(const TinyModel& wish, const Manifest& manifest) {
  const HyperParameters& hyper = manifest.hyper;
  JsonObject config;
  config.raw("architectures", fmt::format("[{}]", json_string(class_of(wish))))
      .text("model_type", model_type_of(wish))
      .text("torch_dtype", dtype_of(wish.type))
      .truth("tie_word_embeddings", wish.is_tied)
      .number("eos_token_id", manifest.vocabulary.ends.back());
  if (manifest.vocabulary.bos >= 0) config.number("bos_token_id", manifest.vocabulary.bos);
  add_sizes(config, hyper);
  if (hyper.kv_lora > 0) {
    add_latent_attention(config, hyper);
  } else {
    config.number("num_key_value_heads", hyper.kv_heads).number("head_dim", hyper.head_dim);
  }
  if (wish.architecture == "qwen3moe") {
    add_qwen3_experts(config, hyper);
  } else if (hyper.experts > 0) {
    add_deepseek_experts(config, hyper);
  }
  if (wish.architecture == "stories-moe") add_stories(config, hyper);
  if (wish.has_yarn) config.raw("rope_scaling", yarn(hyper));
  if (wish.has_rope_factors) config.raw("rope_scaling", llama3_scaling(hyper));
  if (wish.has_prediction) config.number("num_nextn_predict_layers", 1);
  if (wish.type == TensorType::F8E4M3) {
    config.raw("quantization_config",
               R"({"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic",)"
               R"( "weight_block_size": [128, 128]})");
  }
  return config.str() + '\n';
}

}  // namespace suan::engine
