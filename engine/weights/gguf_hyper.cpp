#include "engine/weights/gguf_hyper.h"

#include <algorithm>
#include <array>

#include "engine/weights/checks.h"
#include "engine/weights/refuse.h"
#include "engine/weights/rope_scaling.h"

namespace suan::engine {
namespace {

/// What the keys of an architecture do not say.
struct Architecture {
  std::string_view name;
  bool has_experts = false;
  bool rope_is_adjacent = false;
  bool router_normalises = false;  // where no key says it
};

constexpr std::array kArchitectures = {
    Architecture{.name = "llama", .rope_is_adjacent = true},
    Architecture{.name = "qwen2"},
    Architecture{.name = "qwen3"},
    Architecture{.name = "qwen3moe", .has_experts = true, .router_normalises = true},
    Architecture{.name = "deepseek2", .has_experts = true, .rope_is_adjacent = true},
    Architecture{.name = "stories-moe", .has_experts = true, .rope_is_adjacent = true},
};

/// The keys of one architecture: `llama.block_count` and so on.
class Keys {
 public:
  Keys(const GgufFile& file, const std::string& architecture)
      : file_(&file), prefix_(architecture + '.') {}

  [[nodiscard]] uint32_t whole(const char* key) const {
    const auto value = file_->whole(prefix_ + key);
    if (!value) refuse(file_->name(), "key {}{} is missing", prefix_, key);
    return *value;
  }

  [[nodiscard]] uint32_t whole_or(const char* key, uint32_t otherwise) const {
    return file_->whole(prefix_ + key).value_or(otherwise);
  }

  [[nodiscard]] float real(const char* key) const {
    const auto value = file_->real(prefix_ + key);
    if (!value) refuse(file_->name(), "key {}{} is missing", prefix_, key);
    return *value;
  }

  [[nodiscard]] float real_or(const char* key, float otherwise) const {
    return file_->real(prefix_ + key).value_or(otherwise);
  }

  [[nodiscard]] bool truth_or(const char* key, bool otherwise) const {
    return file_->truth(prefix_ + key).value_or(otherwise);
  }

  [[nodiscard]] std::string text_or(const char* key, const char* otherwise) const {
    return std::string(file_->text(prefix_ + key).value_or(otherwise));
  }

  [[nodiscard]] const std::string& file() const { return file_->name(); }

 private:
  const GgufFile* file_;
  std::string prefix_;
};

const Architecture& architecture_of(const GgufFile& file, std::string_view name) {
  const auto* found = std::ranges::find(kArchitectures, name, &Architecture::name);
  if (found != kArchitectures.end()) return *found;

  std::vector<std::string_view> names;
  for (const Architecture& each : kArchitectures)
    names.push_back(each.name);
  refuse(file.name(), "architecture {} is not supported; {} are", in_quotes(name),
         fmt::join(names, ", "));
}

void read_sizes(const Keys& keys, HyperParameters& hyper) {
  hyper.layers = keys.whole("block_count");
  hyper.mtp_layers = keys.whole_or("nextn_predict_layers", 0);
  hyper.context_tokens = keys.whole("context_length");
  hyper.dim = keys.whole("embedding_length");
  hyper.ff_dim = keys.whole_or("feed_forward_length", 0);
  hyper.heads = keys.whole("attention.head_count");
  hyper.kv_heads = keys.whole_or("attention.head_count_kv", hyper.heads);
  hyper.norm_eps = keys.real("attention.layer_norm_rms_epsilon");
  hyper.vocabulary = keys.whole_or("vocab_size", 0);
  if (hyper.heads == 0) refuse(keys.file(), "attention.head_count is 0");
}

void read_grouped_query(const Keys& keys, HyperParameters& hyper) {
  hyper.head_dim = keys.whole_or("attention.key_length", hyper.dim / hyper.heads);
  const uint32_t value_length = keys.whole_or("attention.value_length", hyper.head_dim);
  if (value_length != hyper.head_dim) {
    refuse(keys.file(), "attention.value_length {} differs from attention.key_length {}",
           value_length, hyper.head_dim);
  }
  hyper.rope_dim = keys.whole_or("rope.dimension_count", hyper.head_dim);
}

void read_latent_attention(const Keys& keys, HyperParameters& hyper) {
  hyper.q_lora = keys.whole_or("attention.q_lora_rank", 0);
  hyper.kv_lora = keys.whole("attention.kv_lora_rank");
  hyper.rope_dim = keys.whole("rope.dimension_count");
  // Older files have no *_mla keys, and the plain ones say what these say.
  const uint32_t key_length =
      keys.whole_or("attention.key_length_mla", keys.whole("attention.key_length"));
  hyper.value_dim =
      keys.whole_or("attention.value_length_mla", keys.whole("attention.value_length"));
  if (key_length <= hyper.rope_dim) {
    refuse(keys.file(), "the key length {} is not above rope.dimension_count {}", key_length,
           hyper.rope_dim);
  }
  hyper.nope_dim = key_length - hyper.rope_dim;
}

YarnScaling read_yarn(const Keys& keys, const HyperParameters& hyper) {
  YarnScaling yarn;
  yarn.factor = keys.real("rope.scaling.factor");
  yarn.original_context =
      keys.whole_or("rope.scaling.original_context_length", hyper.context_tokens);
  yarn.beta_fast = keys.real_or("rope.scaling.yarn_beta_fast", 32);
  yarn.beta_slow = keys.real_or("rope.scaling.yarn_beta_slow", 1);
  yarn.magnitude = keys.real_or("rope.scaling.attn_factor", 1);
  // A quirk of history: deepseek2 has 0.1 of it in the file, and the same for both multipliers.
  const float multiplier = keys.real_or("rope.scaling.yarn_log_multiplier", 0);
  const bool is_deepseek = hyper.kv_lora > 0;
  yarn.mscale_all_dim = is_deepseek ? 10 * multiplier : multiplier;
  yarn.mscale = is_deepseek ? yarn.mscale_all_dim : 1;
  return yarn;
}

void read_rope(const Keys& keys, HyperParameters& hyper) {
  hyper.rope_base = keys.real_or("rope.freq_base", 10000.0F);
  const std::string scaling = keys.text_or("rope.scaling.type", "none");
  if (scaling == "yarn") {
    scale_by_yarn(read_yarn(keys, hyper), hyper);
  } else if (scaling == "linear") {
    scale_evenly(keys.file(), keys.real("rope.scaling.factor"), hyper);
  } else if (scaling != "none") {
    refuse(keys.file(), "rope.scaling.type is {}; yarn, linear and none are supported",
           in_quotes(scaling));
  }
}

/// Files of DeepSeek-V2 were written before there was a key for it.
RouterScore router_score(const Keys& keys) {
  constexpr uint32_t kSoftmax = 1;
  constexpr uint32_t kSigmoid = 2;
  const uint32_t function = keys.whole_or("expert_gating_func", kSoftmax);
  if (function == kSoftmax) return RouterScore::Softmax;
  if (function == kSigmoid) return RouterScore::Sigmoid;
  refuse(keys.file(), "expert_gating_func is {}; 1 (softmax) and 2 (sigmoid) are supported",
         function);
}

void read_experts(const Keys& keys, const Architecture& architecture, HyperParameters& hyper) {
  hyper.experts = keys.whole("expert_count");
  hyper.experts_used = keys.whole("expert_used_count");
  hyper.experts_shared = keys.whole_or("expert_shared_count", 0);
  hyper.expert_ff_dim = keys.whole("expert_feed_forward_length");
  uint32_t fused = 0;
  if (__builtin_mul_overflow(hyper.expert_ff_dim, hyper.experts_shared, &fused)) {
    refuse(keys.file(), "{} shared experts of width {} are too wide", hyper.experts_shared,
           hyper.expert_ff_dim);
  }
  hyper.shared_ff_dim = keys.whole_or("expert_shared_feed_forward_length", fused);
  hyper.dense_layers = keys.whole_or("leading_dense_block_count", 0);
  hyper.groups = keys.whole_or("expert_group_count", 1);
  hyper.groups_kept = keys.whole_or("expert_group_used_count", hyper.groups);
  hyper.router_score = router_score(keys);
  hyper.router_normalises =
      keys.truth_or("expert_weights_norm", architecture.router_normalises);
  hyper.router_scale = keys.real_or("expert_weights_scale", 1);
}

}  // namespace

HyperParameters read_gguf_hyper(const GgufFile& file, const std::string& name) {
  const Architecture& architecture = architecture_of(file, name);
  const Keys keys(file, name);
  HyperParameters hyper;
  hyper.architecture = name;
  hyper.rope_is_adjacent = architecture.rope_is_adjacent;
  read_sizes(keys, hyper);
  name == "deepseek2" ? read_latent_attention(keys, hyper) : read_grouped_query(keys, hyper);
  read_rope(keys, hyper);
  if (architecture.has_experts) {
    read_experts(keys, architecture, hyper);
  } else if (keys.whole_or("expert_count", 0) > 0) {
    refuse(file.name(), "{} with experts is not supported", name);
  }
  return hyper;
}

}  // namespace suan::engine
