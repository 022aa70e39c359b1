#include "tests/support/gguf_builder.h"

#include <algorithm>
#include <cstring>

namespace suan::testing {
namespace {

constexpr size_t kAlignment = 32;

// Types of GGUF's values, by number.
constexpr uint32_t kU32 = 4;
constexpr uint32_t kI32 = 5;
constexpr uint32_t kF32 = 6;
constexpr uint32_t kBool = 7;
constexpr uint32_t kString = 8;
constexpr uint32_t kArray = 9;

template <typename Number>
std::string number(Number value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string sized(std::string_view text) {
  return number(uint64_t{text.size()}) + std::string(text);
}

template <typename Number>
std::string array(uint32_t type, const std::vector<Number>& values) {
  std::string bytes = number(type) + number(uint64_t{values.size()});
  for (const Number value : values)
    bytes += number(value);
  return bytes;
}

void pad(std::string& bytes) {
  bytes.resize((bytes.size() + kAlignment - 1) / kAlignment * kAlignment, '\0');
}

GgufBuilder& f32(GgufBuilder& file, std::string_view name, const std::vector<uint64_t>& shape) {
  uint64_t count = 1;
  for (const uint64_t size : shape)
    count *= size;
  return file.tensor(name, shape, 0, float_bytes(count));
}

void add_vocabulary(GgufBuilder& file) {
  file.text("tokenizer.ggml.model", "llama")
      .texts("tokenizer.ggml.tokens", {"<unk>", "<s>", "</s>", "<0x0A>", "\xE2\x96\x81", "a"})
      .reals("tokenizer.ggml.scores", {0, 0, 0, 0, -1, -2})
      .wholes("tokenizer.ggml.token_type", {2, 3, 3, 6, 1, 1})
      .whole("tokenizer.ggml.bos_token_id", 1)
      .whole("tokenizer.ggml.eos_token_id", 2);
}

void add_latent_attention(GgufBuilder& file, const std::string& block) {
  f32(file, block + "attn_q_a.weight", {8, 6});
  f32(file, block + "attn_q_a_norm.weight", {6});
  f32(file, block + "attn_q_b.weight", {6, 12});
  f32(file, block + "attn_kv_a_mqa.weight", {8, 7});
  f32(file, block + "attn_kv_a_norm.weight", {5});
  f32(file, block + "attn_k_b.weight", {4, 5, 2});
  f32(file, block + "attn_v_b.weight", {5, 3, 2});
  f32(file, block + "attn_output.weight", {6, 8});
}

void add_experts(GgufBuilder& file, const std::string& block) {
  f32(file, block + "ffn_gate_inp.weight", {8, 4});
  f32(file, block + "exp_probs_b.bias", {4});
  f32(file, block + "ffn_gate_exps.weight", {8, 10, 4});
  f32(file, block + "ffn_up_exps.weight", {8, 10, 4});
  f32(file, block + "ffn_down_exps.weight", {10, 8, 4});
  f32(file, block + "ffn_gate_shexp.weight", {8, 10});
  f32(file, block + "ffn_up_shexp.weight", {8, 10});
  f32(file, block + "ffn_down_shexp.weight", {10, 8});
}

void add_dense(GgufBuilder& file, const std::string& block) {
  f32(file, block + "ffn_gate.weight", {8, 12});
  f32(file, block + "ffn_up.weight", {8, 12});
  f32(file, block + "ffn_down.weight", {12, 8});
}

void add_deepseek2_keys(GgufBuilder& file) {
  file.text("general.architecture", "deepseek2")
      .whole("deepseek2.block_count", 2)
      .whole("deepseek2.context_length", 64)
      .whole("deepseek2.embedding_length", 8)
      .whole("deepseek2.feed_forward_length", 12)
      .whole("deepseek2.leading_dense_block_count", 1)
      .whole("deepseek2.attention.head_count", 2)
      .whole("deepseek2.attention.head_count_kv", 1)
      .whole("deepseek2.attention.q_lora_rank", 6)
      .whole("deepseek2.attention.kv_lora_rank", 5)
      .whole("deepseek2.attention.key_length", 7)
      .whole("deepseek2.attention.value_length", 5)
      .whole("deepseek2.attention.key_length_mla", 6)
      .whole("deepseek2.attention.value_length_mla", 3)
      .whole("deepseek2.rope.dimension_count", 2)
      .real("deepseek2.attention.layer_norm_rms_epsilon", 1e-6F)
      .text("deepseek2.rope.scaling.type", "yarn")
      .real("deepseek2.rope.scaling.factor", 40)
      .whole("deepseek2.rope.scaling.original_context_length", 16)
      .real("deepseek2.rope.scaling.yarn_log_multiplier", 0.1F)
      .whole("deepseek2.expert_count", 4)
      .whole("deepseek2.expert_used_count", 2)
      .whole("deepseek2.expert_shared_count", 1)
      .whole("deepseek2.expert_feed_forward_length", 10)
      .whole("deepseek2.expert_group_count", 2)
      .whole("deepseek2.expert_group_used_count", 1)
      .whole("deepseek2.expert_gating_func", 2)
      .truth("deepseek2.expert_weights_norm", true)
      .real("deepseek2.expert_weights_scale", 2.5F);
}

void add_deepseek2_block(GgufBuilder& file, const std::string& block) {
  f32(file, block + "attn_norm.weight", {8});
  add_latent_attention(file, block);
  f32(file, block + "ffn_norm.weight", {8});
  block == "blk.0." ? add_dense(file, block) : add_experts(file, block);
}

void add_grouped_query(GgufBuilder& file, const std::string& block) {
  f32(file, block + "attn_norm.weight", {8});
  f32(file, block + "attn_q.weight", {8, 8});
  f32(file, block + "attn_k.weight", {8, 4});
  f32(file, block + "attn_v.weight", {8, 4});
  f32(file, block + "attn_output.weight", {8, 8});
  f32(file, block + "ffn_norm.weight", {8});
}

/// What llama and the Qwen models have in common.
GgufBuilder small_model(const std::string& architecture) {
  GgufBuilder file;
  const std::string key = architecture + '.';
  file.text("general.architecture", architecture)
      .text("general.name", "tiny")
      .whole(key + "block_count", 1)
      .whole(key + "context_length", 16)
      .whole(key + "embedding_length", 8)
      .whole(key + "feed_forward_length", 12)
      .whole(key + "attention.head_count", 2)
      .whole(key + "attention.head_count_kv", 1)
      .real(key + "attention.layer_norm_rms_epsilon", 1e-5F);
  add_vocabulary(file);
  f32(file, "token_embd.weight", {8, 6});
  f32(file, "output_norm.weight", {8});
  add_grouped_query(file, "blk.0.");
  return file;
}

}  // namespace

GgufBuilder& GgufBuilder::whole(std::string_view key, uint32_t value) {
  return raw(key, kU32, number(value));
}

GgufBuilder& GgufBuilder::real(std::string_view key, float value) {
  return raw(key, kF32, number(value));
}

GgufBuilder& GgufBuilder::truth(std::string_view key, bool value) {
  return raw(key, kBool, number(static_cast<uint8_t>(value)));
}

GgufBuilder& GgufBuilder::text(std::string_view key, std::string_view value) {
  return raw(key, kString, sized(value));
}

GgufBuilder& GgufBuilder::texts(std::string_view key, const std::vector<std::string>& values) {
  std::string bytes = number(uint32_t{kString}) + number(uint64_t{values.size()});
  for (const std::string& value : values)
    bytes += sized(value);
  return raw(key, kArray, bytes);
}

GgufBuilder& GgufBuilder::reals(std::string_view key, const std::vector<float>& values) {
  return raw(key, kArray, array(kF32, values));
}

GgufBuilder& GgufBuilder::wholes(std::string_view key, const std::vector<int32_t>& values) {
  return raw(key, kArray, array(kI32, values));
}

GgufBuilder& GgufBuilder::raw(std::string_view key, uint32_t type, std::string_view value) {
  put(keys_, key, sized(key) + number(type) + std::string(value));
  return *this;
}

GgufBuilder& GgufBuilder::tensor(std::string_view name,
                                 const std::vector<uint64_t>& shape,
                                 uint32_t ggml_type,
                                 std::string_view data) {
  pad(data_);
  tensor_at(name, shape, ggml_type, data_.size());
  data_ += data;
  return *this;
}

GgufBuilder& GgufBuilder::tensor_at(std::string_view name,
                                    const std::vector<uint64_t>& shape,
                                    uint32_t ggml_type,
                                    uint64_t offset) {
  std::string bytes = sized(name) + number(static_cast<uint32_t>(shape.size()));
  for (const uint64_t size : shape)
    bytes += number(size);
  put(tensors_, name, bytes + number(ggml_type) + number(offset));
  return *this;
}

GgufBuilder& GgufBuilder::without(std::string_view name) {
  const auto has_name = [&](const Item& item) { return item.name == name; };
  std::erase_if(keys_, has_name);
  std::erase_if(tensors_, has_name);
  return *this;
}

GgufBuilder& GgufBuilder::counts(uint64_t tensors, uint64_t keys) {
  lies_ = true;
  tensor_count_ = tensors;
  key_count_ = keys;
  return *this;
}

std::string GgufBuilder::bytes() const {
  std::string file = "GGUF" + number(version_);
  file += number(lies_ ? tensor_count_ : uint64_t{tensors_.size()});
  file += number(lies_ ? key_count_ : uint64_t{keys_.size()});
  for (const Item& item : keys_)
    file += item.bytes;
  for (const Item& item : tensors_)
    file += item.bytes;
  pad(file);
  return file + data_;
}

void GgufBuilder::put(std::vector<Item>& items, std::string_view name, std::string bytes) {
  const auto found = std::ranges::find(items, name, &Item::name);
  if (found != items.end()) {
    found->bytes = std::move(bytes);
  } else {
    items.push_back({std::string(name), std::move(bytes)});
  }
}

std::string float_bytes(uint64_t count) {
  std::string bytes;
  for (uint64_t i = 0; i < count; ++i) {
    bytes += number((static_cast<float>(i * 37 % 101) - 50.0F) / 100.0F);
  }
  return bytes;
}

GgufBuilder tiny_llama() {
  GgufBuilder file = small_model("llama");
  add_dense(file, "blk.0.");
  return file;
}

GgufBuilder tiny_qwen(const std::string& architecture) {
  GgufBuilder file = small_model(architecture);
  if (architecture == "qwen2") {
    f32(file, "blk.0.attn_q.bias", {8});
    f32(file, "blk.0.attn_k.bias", {4});
    f32(file, "blk.0.attn_v.bias", {4});
  } else {
    f32(file, "blk.0.attn_q_norm.weight", {4});
    f32(file, "blk.0.attn_k_norm.weight", {4});
  }
  if (architecture != "qwen3moe") {
    add_dense(file, "blk.0.");
    return file;
  }
  file.whole("qwen3moe.expert_count", 4)
      .whole("qwen3moe.expert_used_count", 2)
      .whole("qwen3moe.expert_feed_forward_length", 10);
  f32(file, "blk.0.ffn_gate_inp.weight", {8, 4});
  f32(file, "blk.0.ffn_gate_exps.weight", {8, 10, 4});
  f32(file, "blk.0.ffn_up_exps.weight", {8, 10, 4});
  f32(file, "blk.0.ffn_down_exps.weight", {10, 8, 4});
  return file;
}

GgufBuilder tiny_deepseek2() {
  GgufBuilder file;
  add_deepseek2_keys(file);
  add_vocabulary(file);
  f32(file, "token_embd.weight", {8, 6});
  f32(file, "output_norm.weight", {8});
  f32(file, "output.weight", {8, 6});
  add_deepseek2_block(file, "blk.0.");
  add_deepseek2_block(file, "blk.1.");
  return file;
}

GgufBuilder tiny_deepseek2_mtp() {
  GgufBuilder file = tiny_deepseek2();
  file.whole("deepseek2.block_count", 3).whole("deepseek2.nextn_predict_layers", 1);
  add_deepseek2_block(file, "blk.2.");
  f32(file, "blk.2.nextn.eh_proj.weight", {16, 8});
  f32(file, "blk.2.nextn.enorm.weight", {8});
  f32(file, "blk.2.nextn.hnorm.weight", {8});
  f32(file, "blk.2.nextn.shared_head_norm.weight", {8});
  return file;
}

}  // namespace suan::testing
