#include "tests/support/memory_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/weights/dequantize.h"

namespace suan::engine {
namespace {

uint64_t count_of(const std::vector<uint64_t>& shape) {
  uint64_t count = 1;
  for (const uint64_t extent : shape)
    count *= extent;
  return count;
}

/// Adds random tensors to a model, each from a seed of its own.
class RandomTensors {
 public:
  RandomTensors(MemoryModel& model, uint64_t seed) : model_(model), seed_(seed) {}

  void matrix(const std::string& name, uint64_t rows, uint64_t columns, uint64_t stack = 0) {
    std::vector<uint64_t> shape{columns, rows};
    if (stack > 0) shape.push_back(stack);
    const float spread = 1.0F / std::sqrt(static_cast<float>(columns));
    model_.add(name + ".weight", shape, random_floats(next(), count_of(shape), spread));
  }

  void norm(const std::string& name, uint64_t columns) {
    std::vector<float> values = random_floats(next(), columns, 0.1F);
    for (float& value : values)
      value += 1.0F;
    model_.add(name + ".weight", {columns}, values);
  }

  void bias(const std::string& name, uint64_t columns) {
    model_.add(name + ".bias", {columns}, random_floats(next(), columns, 0.1F));
  }

 private:
  uint64_t next() { return seed_ * 1'000'003 + count_++; }

  MemoryModel& model_;
  uint64_t seed_;
  uint64_t count_ = 0;
};

void add_grouped_query(RandomTensors& tensors,
                       const HyperParameters& hyper,
                       const std::string& at) {
  tensors.matrix(at + "attn_q", uint64_t{hyper.heads} * hyper.head_dim, hyper.dim);
  tensors.matrix(at + "attn_k", uint64_t{hyper.kv_heads} * hyper.head_dim, hyper.dim);
  tensors.matrix(at + "attn_v", uint64_t{hyper.kv_heads} * hyper.head_dim, hyper.dim);
  tensors.matrix(at + "attn_output", hyper.dim, uint64_t{hyper.heads} * hyper.head_dim);
  if (hyper.architecture == "qwen2") {
    tensors.bias(at + "attn_q", uint64_t{hyper.heads} * hyper.head_dim);
    tensors.bias(at + "attn_k", uint64_t{hyper.kv_heads} * hyper.head_dim);
    tensors.bias(at + "attn_v", uint64_t{hyper.kv_heads} * hyper.head_dim);
  }
  if (hyper.architecture.starts_with("qwen3")) {
    tensors.norm(at + "attn_q_norm", hyper.head_dim);
    tensors.norm(at + "attn_k_norm", hyper.head_dim);
  }
}

void add_mla(RandomTensors& tensors, const HyperParameters& hyper, const std::string& at) {
  const uint64_t q_width = uint64_t{hyper.heads} * (hyper.nope_dim + hyper.rope_dim);
  if (hyper.q_lora == 0) {
    tensors.matrix(at + "attn_q", q_width, hyper.dim);
  } else {
    tensors.matrix(at + "attn_q_a", hyper.q_lora, hyper.dim);
    tensors.norm(at + "attn_q_a_norm", hyper.q_lora);
    tensors.matrix(at + "attn_q_b", q_width, hyper.q_lora);
  }
  tensors.matrix(at + "attn_kv_a_mqa", hyper.kv_lora + hyper.rope_dim, hyper.dim);
  tensors.norm(at + "attn_kv_a_norm", hyper.kv_lora);
  tensors.matrix(at + "attn_kv_b", uint64_t{hyper.heads} * (hyper.nope_dim + hyper.value_dim),
                 hyper.kv_lora);
  tensors.matrix(at + "attn_output", hyper.dim, uint64_t{hyper.heads} * hyper.value_dim);
}

void add_dense(RandomTensors& tensors, const HyperParameters& hyper, const std::string& at) {
  tensors.matrix(at + "ffn_gate", hyper.ff_dim, hyper.dim);
  tensors.matrix(at + "ffn_up", hyper.ff_dim, hyper.dim);
  tensors.matrix(at + "ffn_down", hyper.dim, hyper.ff_dim);
}

void add_experts(RandomTensors& tensors, const HyperParameters& hyper, const std::string& at) {
  tensors.matrix(at + "ffn_gate_inp", hyper.experts, hyper.dim);
  if (hyper.router_score == RouterScore::Sigmoid)
    tensors.bias(at + "exp_probs_b", hyper.experts);
  tensors.matrix(at + "ffn_gate_exps", hyper.expert_ff_dim, hyper.dim, hyper.experts);
  tensors.matrix(at + "ffn_up_exps", hyper.expert_ff_dim, hyper.dim, hyper.experts);
  tensors.matrix(at + "ffn_down_exps", hyper.dim, hyper.expert_ff_dim, hyper.experts);
  if (hyper.experts_shared == 0) return;
  tensors.matrix(at + "ffn_gate_shexp", hyper.shared_ff_dim, hyper.dim);
  tensors.matrix(at + "ffn_up_shexp", hyper.shared_ff_dim, hyper.dim);
  tensors.matrix(at + "ffn_down_shexp", hyper.dim, hyper.shared_ff_dim);
}

void add_prediction(RandomTensors& tensors,
                    const HyperParameters& hyper,
                    const std::string& at) {
  tensors.matrix(at + "nextn.eh_proj", hyper.dim, uint64_t{2} * hyper.dim);
  for (const char* part : {"enorm", "hnorm", "shared_head_norm"})
    tensors.norm(at + "nextn." + part, hyper.dim);
}

}  // namespace

const unsigned char* MemoryModel::data(const TensorEntry& tensor) const {
  return reinterpret_cast<const unsigned char*>(floats_.data()) + tensor.offset;
}

void MemoryModel::add(const std::string& name,
                      const std::vector<uint64_t>& shape,
                      std::span<const float> values) {
  if (values.size() != count_of(shape))
    throw std::logic_error(name + ": shape and size differ");
  std::erase_if(manifest_.tensors,
                [&](const TensorEntry& entry) { return entry.name == name; });
  TensorEntry entry;
  entry.name = name;
  entry.type = TensorType::F32;
  entry.shape = shape;
  entry.offset = floats_.size() * sizeof(float);
  entry.bytes = values.size() * sizeof(float);
  manifest_.tensors.push_back(entry);
  floats_.insert(floats_.end(), values.begin(), values.end());
  sort_tensors(manifest_);
}

std::span<float> MemoryModel::values(std::string_view name) {
  const TensorEntry* found = manifest_.find(name);
  if (found == nullptr) throw std::logic_error("no tensor " + std::string(name));
  return {floats_.data() + found->offset / sizeof(float), found->bytes / sizeof(float)};
}

HyperParameters small_llama() {
  HyperParameters hyper;
  hyper.architecture = "llama";
  hyper.layers = 2;
  hyper.dim = 32;
  hyper.heads = 4;
  hyper.kv_heads = 2;
  hyper.head_dim = 8;
  hyper.ff_dim = 48;
  hyper.vocabulary = 64;
  hyper.context_tokens = 256;
  hyper.norm_eps = 1e-5F;
  hyper.rope_base = 10000;
  hyper.rope_dim = 8;
  return hyper;
}

HyperParameters small_stories_moe() {
  HyperParameters hyper = small_llama();
  hyper.architecture = "stories-moe";
  hyper.experts = 8;
  hyper.experts_used = 2;
  hyper.experts_shared = 1;
  hyper.expert_ff_dim = 12;
  hyper.shared_ff_dim = 20;
  hyper.router_score = RouterScore::Sigmoid;
  hyper.router_normalises = true;
  hyper.router_scale = 2;
  return hyper;
}

HyperParameters small_deepseek2() {
  HyperParameters hyper = small_stories_moe();
  hyper.architecture = "deepseek2";
  hyper.layers = 3;
  hyper.dense_layers = 1;
  hyper.kv_heads = 1;
  hyper.head_dim = 0;
  hyper.q_lora = 24;
  hyper.kv_lora = 16;
  hyper.nope_dim = 8;
  hyper.rope_dim = 4;
  hyper.value_dim = 12;
  hyper.groups = 4;
  hyper.groups_kept = 2;
  hyper.experts_used = 3;
  hyper.yarn_factor = 4;
  hyper.yarn_original_context = 64;
  hyper.yarn_log_multiplier = 0.1F;
  return hyper;
}

HyperParameters small_qwen2() {
  HyperParameters hyper = small_llama();
  hyper.architecture = "qwen2";
  hyper.rope_is_adjacent = false;
  return hyper;
}

HyperParameters small_qwen3moe() {
  HyperParameters hyper = small_qwen2();
  hyper.architecture = "qwen3moe";
  hyper.experts = 8;
  hyper.experts_used = 3;
  hyper.expert_ff_dim = 12;
  hyper.router_score = RouterScore::Softmax;
  hyper.router_normalises = true;
  return hyper;
}

HyperParameters small_qwen3() {
  HyperParameters hyper = small_qwen2();
  hyper.architecture = "qwen3";
  return hyper;
}

HyperParameters small_deepseek2_lite() {
  HyperParameters hyper = small_deepseek2();
  hyper.q_lora = 0;
  hyper.experts_shared = 2;
  hyper.router_score = RouterScore::Softmax;
  hyper.router_normalises = false;
  hyper.router_scale = 1;
  hyper.yarn_factor = 1;
  return hyper;
}

std::vector<HyperParameters> small_models() {
  return {small_llama(),       small_qwen2(),     small_qwen3(),         small_qwen3moe(),
          small_stories_moe(), small_deepseek2(), small_deepseek2_lite()};
}

std::string name_of_model(const HyperParameters& hyper) {
  std::string name = hyper.architecture;
  std::ranges::replace(name, '-', '_');
  const bool is_lite = hyper.architecture == "deepseek2" && hyper.q_lora == 0;
  return is_lite ? name + "_lite" : name;
}

std::shared_ptr<MemoryModel> make_random_model(const HyperParameters& hyper, uint64_t seed) {
  auto model = std::make_shared<MemoryModel>(hyper);
  RandomTensors tensors(*model, seed);
  tensors.matrix("token_embd", hyper.vocabulary, hyper.dim);
  tensors.norm("output_norm", hyper.dim);
  tensors.matrix("output", hyper.vocabulary, hyper.dim);
  for (uint32_t layer = 0; layer < hyper.layers + hyper.mtp_layers; ++layer) {
    const std::string at = fmt::format("blk.{}.", layer);
    tensors.norm(at + "attn_norm", hyper.dim);
    tensors.norm(at + "ffn_norm", hyper.dim);
    hyper.kv_lora > 0 ? add_mla(tensors, hyper, at) : add_grouped_query(tensors, hyper, at);
    const bool is_dense = hyper.experts == 0 || layer < hyper.dense_layers;
    is_dense ? add_dense(tensors, hyper, at) : add_experts(tensors, hyper, at);
    if (layer >= hyper.layers) add_prediction(tensors, hyper, at);
  }
  // Logits a few apart, so that greedy choices are clear and samples are not.
  for (float& value : model->values("output.weight"))
    value *= 3;
  return model;
}

std::shared_ptr<MemoryModel> copy_of(const ModelFile& model) {
  auto copy = std::make_shared<MemoryModel>(model.manifest().hyper);
  copy->ends() = model.manifest().vocabulary.ends;
  for (const TensorEntry& entry : model.manifest().tensors) {
    std::vector<float> values(count_of(entry.shape));
    dequantize(entry.type, model.data(entry), values);
    copy->add(entry.name, entry.shape, values);
  }
  return copy;
}

std::vector<float> random_floats(uint64_t seed, size_t count, float spread) {
  // Sums of four uniforms: near enough to normal, and no libm in it.
  std::mt19937_64 generator(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    double sum = 0;
    for (int i = 0; i < 4; ++i)
      sum += static_cast<double>(generator() >> 11) * 0x1.0p-53;
    value = static_cast<float>((sum - 2) * 1.732) * spread;
  }
  return values;
}

}  // namespace suan::engine
