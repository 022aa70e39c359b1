#include "tests/support/deepseek_v3_files.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/gguf_builder.h"

namespace suan::testing {
namespace {

constexpr uint64_t kDim = 7168;
constexpr uint64_t kHeads = 128;
constexpr uint64_t kQueryRank = 1536;
constexpr uint64_t kRank = 512;
constexpr uint64_t kRope = 64;
constexpr uint64_t kNope = 128;
constexpr uint64_t kValue = 128;
constexpr uint64_t kWide = 18'432;
constexpr uint64_t kNarrow = 2048;
constexpr uint64_t kExperts = 256;
constexpr uint64_t kVocabulary = 129'280;
constexpr uint64_t kLayers = 61;
constexpr uint64_t kDense = 3;

void write_with_hole(const std::filesystem::path& path,
                     const std::string& beginning,
                     uint64_t hole) {
  std::ofstream(path, std::ios::binary) << beginning;
  std::filesystem::resize_file(path, beginning.size() + hole);
}

/// Lays tensors one behind the other without writing them.
class HollowGguf {
 public:
  GgufBuilder& keys() { return file_; }

  void matrix(const std::string& name, const std::vector<uint64_t>& shape) {
    constexpr uint32_t kQ4K = 12;
    constexpr uint32_t kQ8 = 8;
    const bool is_wide = shape[0] % 256 == 0;
    add(name, shape, is_wide ? kQ4K : kQ8, is_wide ? 256 : 32, is_wide ? 144 : 34);
  }

  void plain(const std::string& name, const std::vector<uint64_t>& shape) {
    add(name, shape, 0, 1, 4);
  }

  void write(const std::filesystem::path& path) const {
    write_with_hole(path, file_.bytes(), bytes_);
  }

 private:
  void add(const std::string& name,
           const std::vector<uint64_t>& shape,
           uint32_t type,
           uint64_t block,
           uint64_t block_bytes) {
    file_.tensor_at(name, shape, type, bytes_);
    uint64_t bytes = shape[0] / block * block_bytes;
    for (size_t i = 1; i < shape.size(); ++i)
      bytes *= shape[i];
    bytes_ += (bytes + 31) / 32 * 32;
  }

  GgufBuilder file_;
  uint64_t bytes_ = 0;
};

void add_keys(GgufBuilder& file) {
  file.text("general.architecture", "deepseek2")
      .text("general.name", "DeepSeek V3")
      .whole("deepseek2.block_count", kLayers)
      .whole("deepseek2.context_length", 163'840)
      .whole("deepseek2.embedding_length", kDim)
      .whole("deepseek2.feed_forward_length", kWide)
      .whole("deepseek2.leading_dense_block_count", kDense)
      .whole("deepseek2.attention.head_count", kHeads)
      .whole("deepseek2.attention.head_count_kv", 1)
      .whole("deepseek2.attention.q_lora_rank", kQueryRank)
      .whole("deepseek2.attention.kv_lora_rank", kRank)
      .whole("deepseek2.attention.key_length", kRank + kRope)
      .whole("deepseek2.attention.value_length", kRank)
      .whole("deepseek2.attention.key_length_mla", kNope + kRope)
      .whole("deepseek2.attention.value_length_mla", kValue)
      .whole("deepseek2.rope.dimension_count", kRope)
      .real("deepseek2.attention.layer_norm_rms_epsilon", 1e-6F)
      .text("deepseek2.rope.scaling.type", "yarn")
      .real("deepseek2.rope.scaling.factor", 40)
      .whole("deepseek2.rope.scaling.original_context_length", 4096)
      .real("deepseek2.rope.scaling.yarn_log_multiplier", 0.1F)
      .whole("deepseek2.expert_count", kExperts)
      .whole("deepseek2.expert_used_count", 8)
      .whole("deepseek2.expert_shared_count", 1)
      .whole("deepseek2.expert_feed_forward_length", kNarrow)
      .whole("deepseek2.expert_group_count", 8)
      .whole("deepseek2.expert_group_used_count", 4)
      .whole("deepseek2.expert_gating_func", 2)
      .truth("deepseek2.expert_weights_norm", true)
      .real("deepseek2.expert_weights_scale", 2.5F);
}

void add_vocabulary(GgufBuilder& file) {
  std::vector<std::string> pieces;
  std::vector<std::string> merges;
  for (uint64_t id = 0; id < kVocabulary; ++id) {
    pieces.push_back(fmt::format("piece{}", id));
    if (id >= 1539) merges.push_back(fmt::format("piece{} x", id));  // V3 has 127,741
  }
  file.text("tokenizer.ggml.model", "gpt2")
      .text("tokenizer.ggml.pre", "deepseek-v3")
      .texts("tokenizer.ggml.tokens", pieces)
      .wholes("tokenizer.ggml.token_type", std::vector<int32_t>(kVocabulary, 1))
      .texts("tokenizer.ggml.merges", merges);
}

void add_layer(HollowGguf& file, uint64_t layer) {
  const std::string block = fmt::format("blk.{}.", layer);
  file.plain(block + "attn_norm.weight", {kDim});
  file.matrix(block + "attn_q_a.weight", {kDim, kQueryRank});
  file.plain(block + "attn_q_a_norm.weight", {kQueryRank});
  file.matrix(block + "attn_q_b.weight", {kQueryRank, kHeads * (kNope + kRope)});
  file.matrix(block + "attn_kv_a_mqa.weight", {kDim, kRank + kRope});
  file.plain(block + "attn_kv_a_norm.weight", {kRank});
  file.matrix(block + "attn_k_b.weight", {kNope, kRank, kHeads});
  file.matrix(block + "attn_v_b.weight", {kRank, kValue, kHeads});
  file.matrix(block + "attn_output.weight", {kHeads * kValue, kDim});
  file.plain(block + "ffn_norm.weight", {kDim});
  if (layer < kDense) {
    file.matrix(block + "ffn_gate.weight", {kDim, kWide});
    file.matrix(block + "ffn_up.weight", {kDim, kWide});
    file.matrix(block + "ffn_down.weight", {kWide, kDim});
    return;
  }
  file.plain(block + "ffn_gate_inp.weight", {kDim, kExperts});
  file.plain(block + "exp_probs_b.bias", {kExperts});
  file.matrix(block + "ffn_gate_exps.weight", {kDim, kNarrow, kExperts});
  file.matrix(block + "ffn_up_exps.weight", {kDim, kNarrow, kExperts});
  file.matrix(block + "ffn_down_exps.weight", {kNarrow, kDim, kExperts});
  file.matrix(block + "ffn_gate_shexp.weight", {kDim, kNarrow});
  file.matrix(block + "ffn_up_shexp.weight", {kDim, kNarrow});
  file.matrix(block + "ffn_down_shexp.weight", {kNarrow, kDim});
}

/// Safetensors files with holes, and the index of all.
class HollowFolder {
 public:
  explicit HollowFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void add(const std::string& name, uint64_t rows, uint64_t columns, const char* dtype) {
    const uint64_t element = std::string_view(dtype) == "BF16"  ? 2
                             : std::string_view(dtype) == "F32" ? 4
                                                                : 1;
    const uint64_t bytes = std::max<uint64_t>(rows, 1) * columns * element;
    const std::string shape =
        rows == 0 ? std::to_string(columns) : fmt::format("{},{}", rows, columns);
    header_ +=
        fmt::format(R"({}"{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                    header_.empty() ? "" : ",", name, dtype, shape, bytes_, bytes_ + bytes);
    bytes_ += bytes;
    map_ += fmt::format(R"({}"{}":"{}")", map_.empty() ? "" : ",", name, file_name());
  }

  void fp8(const std::string& name, uint64_t rows, uint64_t columns) {
    add(name, rows, columns, "F8_E4M3");
    add(name + "_scale_inv", (rows + 127) / 128, (columns + 127) / 128, "F32");
  }

  void next_file() {
    std::string header = "{" + header_ + "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    std::string beginning(sizeof(uint64_t), '\0');
    const uint64_t length = header.size();
    std::memcpy(beginning.data(), &length, sizeof length);
    write_with_hole(folder_ / file_name(), beginning + header, bytes_);
    header_.clear();
    bytes_ = 0;
    ++number_;
  }

  void write_index() const {
    std::ofstream(folder_ / "model.safetensors.index.json")
        << R"({"metadata":{},"weight_map":{)" << map_ << "}}";
  }

 private:
  [[nodiscard]] std::string file_name() const {
    return fmt::format("model-{:05}-of-000008.safetensors", number_);
  }

  std::filesystem::path folder_;
  std::string header_;
  std::string map_;
  uint64_t bytes_ = 0;
  uint32_t number_ = 1;
};

void add_ffn(HollowFolder& files, const std::string& at, uint64_t width) {
  files.fp8(at + "gate_proj.weight", width, kDim);
  files.fp8(at + "up_proj.weight", width, kDim);
  files.fp8(at + "down_proj.weight", kDim, width);
}

void add_layer(HollowFolder& files, uint64_t layer) {
  const std::string at = fmt::format("model.layers.{}.", layer);
  files.add(at + "input_layernorm.weight", 0, kDim, "BF16");
  files.fp8(at + "self_attn.q_a_proj.weight", kQueryRank, kDim);
  files.add(at + "self_attn.q_a_layernorm.weight", 0, kQueryRank, "BF16");
  files.fp8(at + "self_attn.q_b_proj.weight", kHeads * (kNope + kRope), kQueryRank);
  files.fp8(at + "self_attn.kv_a_proj_with_mqa.weight", kRank + kRope, kDim);
  files.add(at + "self_attn.kv_a_layernorm.weight", 0, kRank, "BF16");
  files.fp8(at + "self_attn.kv_b_proj.weight", kHeads * (kNope + kValue), kRank);
  files.fp8(at + "self_attn.o_proj.weight", kDim, kHeads * kValue);
  files.add(at + "post_attention_layernorm.weight", 0, kDim, "BF16");
  if (layer < kDense) return add_ffn(files, at + "mlp.", kWide);

  files.add(at + "mlp.gate.weight", kExperts, kDim, "BF16");
  files.add(at + "mlp.gate.e_score_correction_bias", 0, kExperts, "F32");
  for (uint64_t expert = 0; expert < kExperts; ++expert)
    add_ffn(files, fmt::format("{}mlp.experts.{}.", at, expert), kNarrow);
  add_ffn(files, at + "mlp.shared_experts.", kNarrow);
}

constexpr const char* kConfig =
    R"({"architectures":["DeepseekV3ForCausalLM"],"auto_map":{"AutoModel":"modeling_deepseek.X"},)"
    R"("hidden_size":7168,"intermediate_size":18432,"moe_intermediate_size":2048,)"
    R"("num_hidden_layers":61,"num_nextn_predict_layers":1,"num_attention_heads":128,)"
    R"("num_key_value_heads":128,"n_shared_experts":1,"n_routed_experts":256,)"
    R"("routed_scaling_factor":2.5,"kv_lora_rank":512,"q_lora_rank":1536,"qk_rope_head_dim":64,)"
    R"("v_head_dim":128,"qk_nope_head_dim":128,"topk_method":"noaux_tc","n_group":8,)"
    R"("topk_group":4,"num_experts_per_tok":8,"moe_layer_freq":1,"first_k_dense_replace":3,)"
    R"("norm_topk_prob":true,"scoring_func":"sigmoid","hidden_act":"silu",)"
    R"("max_position_embeddings":163840,"rms_norm_eps":1e-06,"rope_theta":10000,)"
    R"("rope_scaling":{"beta_fast":32,"beta_slow":1,"factor":40,"mscale":1.0,)"
    R"("mscale_all_dim":1.0,"original_max_position_embeddings":4096,"type":"yarn"},)"
    R"("attention_bias":false,"tie_word_embeddings":false,"vocab_size":129280,)"
    R"("quantization_config":{"activation_scheme":"dynamic","fmt":"e4m3","quant_method":"fp8",)"
    R"("weight_block_size":[128,128]}})";

}  // namespace

std::filesystem::path write_deepseek_v3_gguf(const std::filesystem::path& folder) {
  HollowGguf file;
  add_keys(file.keys());
  add_vocabulary(file.keys());
  file.matrix("token_embd.weight", {kDim, kVocabulary});
  file.plain("output_norm.weight", {kDim});
  file.matrix("output.weight", {kDim, kVocabulary});
  for (uint64_t layer = 0; layer < kLayers; ++layer)
    add_layer(file, layer);
  auto path = folder / "deepseek-v3-q4_k.gguf";
  file.write(path);
  return path;
}

std::filesystem::path write_deepseek_v3_folder(const std::filesystem::path& folder) {
  std::ofstream(folder / "config.json") << kConfig;
  HollowFolder files(folder);
  files.add("model.embed_tokens.weight", kVocabulary, kDim, "BF16");
  for (uint64_t layer = 0; layer <= kLayers; ++layer) {
    if (layer % 8 == 7) files.next_file();
    add_layer(files, layer);
  }
  const std::string last = fmt::format("model.layers.{}.", kLayers);
  files.add(last + "eh_proj.weight", kDim, 2 * kDim, "BF16");
  for (const char* norm : {"enorm", "hnorm", "shared_head.norm"})
    files.add(fmt::format("{}{}.weight", last, norm), 0, kDim, "BF16");
  for (const char* table : {"embed_tokens", "shared_head.head"})
    files.add(fmt::format("{}{}.weight", last, table), kVocabulary, kDim, "BF16");
  files.add("model.norm.weight", 0, kDim, "BF16");
  files.add("lm_head.weight", kVocabulary, kDim, "BF16");
  files.next_file();
  files.write_index();
  return folder;
}

}  // namespace suan::testing
