#include "tests/support/safetensors_builder.h"

#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace suan::testing {
namespace {

std::string_view one_of(std::string_view dtype) {
  using namespace std::string_view_literals;
  if (dtype == "F32") return "\0\0\x80\x3F"sv;
  if (dtype == "BF16") return "\x80\x3F"sv;
  return "\x38"sv;  // F8_E4M3
}

void add_dense(SafetensorsBuilder& file, const std::string& at, const char* dtype = "BF16") {
  file.ones(at + "mlp.gate_proj.weight", {12, 8}, dtype);
  file.ones(at + "mlp.up_proj.weight", {12, 8}, dtype);
  file.ones(at + "mlp.down_proj.weight", {8, 12}, dtype);
}

void add_ends(SafetensorsBuilder& file) {
  file.ones("model.embed_tokens.weight", {6, 8}).ones("model.norm.weight", {8});
  file.ones("lm_head.weight", {6, 8});
}

void add_grouped_query(SafetensorsBuilder& file, const std::string& at) {
  file.ones(at + "input_layernorm.weight", {8});
  file.ones(at + "self_attn.q_proj.weight", {8, 8});
  file.ones(at + "self_attn.k_proj.weight", {4, 8});
  file.ones(at + "self_attn.v_proj.weight", {4, 8});
  file.ones(at + "self_attn.o_proj.weight", {8, 8});
  file.ones(at + "post_attention_layernorm.weight", {8});
}

/// A matrix of at most 128 x 128 in FP8, with its one scale.
void fp8(SafetensorsBuilder& file,
         const std::string& name,
         const std::vector<uint64_t>& shape) {
  file.ones(name, shape, "F8_E4M3").ones(name + "_scale_inv", {1, 1}, "F32");
}

using Add = void (*)(SafetensorsBuilder&, const std::string&, const std::vector<uint64_t>&);

void bf16(SafetensorsBuilder& file,
          const std::string& name,
          const std::vector<uint64_t>& shape) {
  file.ones(name, shape);
}

void add_experts(SafetensorsBuilder& file, const std::string& at, uint64_t shared, Add matrix) {
  file.ones(at + "mlp.gate.weight", {4, 8});
  for (int expert = 0; expert < 4; ++expert) {
    const std::string one = fmt::format("{}mlp.experts.{}.", at, expert);
    matrix(file, one + "gate_proj.weight", {10, 8});
    matrix(file, one + "up_proj.weight", {10, 8});
    matrix(file, one + "down_proj.weight", {8, 10});
  }
  if (shared == 0) return;
  matrix(file, at + "mlp.shared_experts.gate_proj.weight", {10 * shared, 8});
  matrix(file, at + "mlp.shared_experts.up_proj.weight", {10 * shared, 8});
  matrix(file, at + "mlp.shared_experts.down_proj.weight", {8, 10 * shared});
}

/// nope 4, rope 2, value 3, KV rank 5, query rank 6 or none.
void add_latent_attention(SafetensorsBuilder& file,
                          const std::string& at,
                          bool has_rank,
                          Add add) {
  file.ones(at + "input_layernorm.weight", {8});
  if (has_rank) {
    add(file, at + "self_attn.q_a_proj.weight", {6, 8});
    file.ones(at + "self_attn.q_a_layernorm.weight", {6});
    add(file, at + "self_attn.q_b_proj.weight", {12, 6});
  } else {
    add(file, at + "self_attn.q_proj.weight", {12, 8});
  }
  add(file, at + "self_attn.kv_a_proj_with_mqa.weight", {7, 8});
  file.ones(at + "self_attn.kv_a_layernorm.weight", {5});
  add(file, at + "self_attn.kv_b_proj.weight", {14, 5});
  add(file, at + "self_attn.o_proj.weight", {8, 6});
  file.ones(at + "post_attention_layernorm.weight", {8});
}

std::string config(std::string_view architecture, std::string_view rest) {
  return fmt::format(
      R"({{"architectures":["{}"],"hidden_size":8,"num_attention_heads":2,"vocab_size":6,)"
      R"("max_position_embeddings":64,"rms_norm_eps":1e-05,"rope_theta":10000.0,)"
      R"("hidden_act":"silu","intermediate_size":12,{}}})",
      architecture, rest);
}

constexpr const char* kMla =
    R"("kv_lora_rank":5,"qk_nope_head_dim":4,"qk_rope_head_dim":2,"v_head_dim":3,)"
    R"("n_routed_experts":4,"num_experts_per_tok":2,"moe_intermediate_size":10,)"
    R"("first_k_dense_replace":1,"moe_layer_freq":1,"auto_map":{"AutoConfig":"x.Y"},)"
    R"("num_hidden_layers":2,)";

}  // namespace

SafetensorsBuilder& SafetensorsBuilder::ones(std::string_view name,
                                             const std::vector<uint64_t>& shape,
                                             std::string_view dtype) {
  uint64_t count = 1;
  for (const uint64_t size : shape)
    count *= size;
  std::string data;
  for (uint64_t i = 0; i < count; ++i)
    data += one_of(dtype);
  return tensor(name, shape, dtype, data);
}

SafetensorsBuilder& SafetensorsBuilder::tensor(std::string_view name,
                                               const std::vector<uint64_t>& shape,
                                               std::string_view dtype,
                                               std::string_view data) {
  while (dtype == "F32" && data_.size() % 4 != 0)  // wide elements are aligned
    tensor(fmt::format("model.layers.0.pad{}.rotary_emb.inv_freq", data_.size()), {1},
           "F8_E4M3", "\x38");
  if (!header_.empty()) header_ += ',';
  header_ +=
      fmt::format(R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", name, dtype,
                  fmt::join(shape, ","), data_.size(), data_.size() + data.size());
  data_ += data;
  return *this;
}

std::string SafetensorsBuilder::bytes() const {
  std::string header = "{" + header_ + "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string bytes(sizeof(uint64_t), '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + data_;
}

HfModel small_hf_llama() {
  HfModel model;
  model.config = config("LlamaForCausalLM",
                        R"("num_hidden_layers":1,"num_key_value_heads":1,"mlp_bias":false,)"
                        R"("attention_bias":false,"rope_scaling":null)");
  add_ends(model.weights);
  add_grouped_query(model.weights, "model.layers.0.");
  add_dense(model.weights, "model.layers.0.");
  return model;
}

HfModel small_hf_qwen2() {
  HfModel model;
  model.config =
      config("Qwen2ForCausalLM", R"("num_hidden_layers":1,"num_key_value_heads":1,)"
                                 R"("use_sliding_window":false,"sliding_window":4096)");
  add_ends(model.weights);
  add_grouped_query(model.weights, "model.layers.0.");
  add_dense(model.weights, "model.layers.0.");
  model.weights.ones("model.layers.0.self_attn.q_proj.bias", {8});
  model.weights.ones("model.layers.0.self_attn.k_proj.bias", {4});
  model.weights.ones("model.layers.0.self_attn.v_proj.bias", {4});
  return model;
}

HfModel small_hf_qwen3_moe() {
  HfModel model;
  model.config = config("Qwen3MoeForCausalLM",
                        R"("num_hidden_layers":1,"num_key_value_heads":1,"head_dim":4,)"
                        R"("num_experts":4,"num_experts_per_tok":2,"norm_topk_prob":true,)"
                        R"("moe_intermediate_size":10,"decoder_sparse_step":1,)"
                        R"("mlp_only_layers":[])");
  add_ends(model.weights);
  add_grouped_query(model.weights, "model.layers.0.");
  model.weights.ones("model.layers.0.self_attn.q_norm.weight", {4});
  model.weights.ones("model.layers.0.self_attn.k_norm.weight", {4});
  add_experts(model.weights, "model.layers.0.", 0, bf16);
  return model;
}

HfModel small_hf_deepseek3() {
  HfModel model;
  model.config = config(
      "DeepseekV3ForCausalLM",
      fmt::format(
          "{}{}", kMla,
          R"("q_lora_rank":6,"n_shared_experts":1,"n_group":2,"topk_group":1,)"
          R"("num_nextn_predict_layers":1,"scoring_func":"sigmoid","topk_method":"noaux_tc",)"
          R"("norm_topk_prob":true,"routed_scaling_factor":2.5,"rope_scaling":{"type":"yarn",)"
          R"("factor":40,"original_max_position_embeddings":16,"mscale":1.0,)"
          R"("mscale_all_dim":1.0,"beta_fast":32,"beta_slow":1},"quantization_config":)"
          R"({"quant_method":"fp8","fmt":"e4m3","activation_scheme":"dynamic",)"
          R"("weight_block_size":[128,128]})"));
  add_ends(model.weights);
  for (const int layer : {0, 1, 2}) {
    const std::string at = fmt::format("model.layers.{}.", layer);
    add_latent_attention(model.weights, at, true, fp8);
    if (layer == 0) {
      for (const char* name : {"gate_proj", "up_proj"})
        fp8(model.weights, fmt::format("{}mlp.{}.weight", at, name), {12, 8});
      fp8(model.weights, at + "mlp.down_proj.weight", {8, 12});
    } else {
      add_experts(model.weights, at, 1, fp8);
      model.weights.ones(at + "mlp.gate.e_score_correction_bias", {4}, "F32");
    }
  }
  model.weights.ones("model.layers.2.eh_proj.weight", {8, 16});
  model.weights.ones("model.layers.2.enorm.weight", {8});
  model.weights.ones("model.layers.2.hnorm.weight", {8});
  model.weights.ones("model.layers.2.shared_head.norm.weight", {8});
  model.weights.ones("model.layers.2.shared_head.head.weight", {6, 8});
  model.weights.ones("model.layers.2.embed_tokens.weight", {6, 8});
  return model;
}

HfModel small_hf_deepseek2_lite() {
  HfModel model;
  model.config = config(
      "DeepseekV2ForCausalLM",
      fmt::format("{}{}", kMla,
                  R"("q_lora_rank":null,"n_shared_experts":2,"n_group":1,"topk_group":1,)"
                  R"("scoring_func":"softmax","topk_method":"greedy","norm_topk_prob":false,)"
                  R"("routed_scaling_factor":1.0,"rope_scaling":{"type":"yarn","factor":40,)"
                  R"("original_max_position_embeddings":16,"mscale":0.707,)"
                  R"("mscale_all_dim":0.707})"));
  add_ends(model.weights);
  for (const std::string at : {"model.layers.0.", "model.layers.1."}) {
    add_latent_attention(model.weights, at, false, bf16);
    at == "model.layers.0." ? add_dense(model.weights, at)
                            : add_experts(model.weights, at, 2, bf16);
  }
  return model;
}

}  // namespace suan::testing
