#include "engine/weights/gguf_model.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/weights/checks.h"
#include "engine/weights/gguf.h"
#include "engine/weights/gguf_vocabulary.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

/// The keys of one architecture: `llama.block_count` and so on.
class Keys {
 public:
  Keys(const GgufFile& file, std::string architecture)
      : file_(&file), prefix_(std::move(architecture) + '.') {}

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

void read_sizes(const Keys& keys, HyperParameters& hyper) {
  hyper.layers = keys.whole("block_count");
  hyper.context_tokens = keys.whole("context_length");
  hyper.dim = keys.whole("embedding_length");
  hyper.ff_dim = keys.whole_or("feed_forward_length", 0);
  hyper.heads = keys.whole("attention.head_count");
  hyper.kv_heads = keys.whole_or("attention.head_count_kv", hyper.heads);
  hyper.norm_eps = keys.real("attention.layer_norm_rms_epsilon");
  if (hyper.heads == 0) refuse(keys.file(), "attention.head_count is 0");
}

void read_rope(const Keys& keys, HyperParameters& hyper) {
  hyper.rope_base = keys.real_or("rope.freq_base", 10000.0F);
  hyper.rope_dim = keys.whole_or("rope.dimension_count", hyper.head_dim);
  const std::string scaling = keys.text_or("rope.scaling.type", "none");
  if (scaling == "none") return;
  if (scaling != "yarn") {
    refuse(keys.file(), "rope.scaling.type is {}; yarn and none are supported",
           in_quotes(scaling));
  }
  hyper.yarn_factor = keys.real("rope.scaling.factor");
  hyper.yarn_original_context = keys.whole("rope.scaling.original_context_length");
  hyper.yarn_beta_fast = keys.real_or("rope.scaling.yarn_beta_fast", 32);
  hyper.yarn_beta_slow = keys.real_or("rope.scaling.yarn_beta_slow", 1);
  hyper.yarn_log_multiplier = keys.real_or("rope.scaling.yarn_log_multiplier", 0);
}

void read_grouped_query(const Keys& keys, HyperParameters& hyper) {
  hyper.head_dim = keys.whole_or("attention.key_length", hyper.dim / hyper.heads);
  const uint32_t value_length = keys.whole_or("attention.value_length", hyper.head_dim);
  if (value_length != hyper.head_dim) {
    refuse(keys.file(), "attention.value_length {} differs from attention.key_length {}",
           value_length, hyper.head_dim);
  }
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

RouterScore router_score(const Keys& keys, uint32_t otherwise) {
  const uint32_t function = keys.whole_or("expert_gating_func", otherwise);
  if (function == 1) return RouterScore::Softmax;
  if (function == 2) return RouterScore::Sigmoid;
  refuse(keys.file(), "expert_gating_func is {}; 1 (softmax) and 2 (sigmoid) are supported",
         function);
}

void read_experts(const Keys& keys, HyperParameters& hyper) {
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
  hyper.router_score = router_score(keys, 1);
  hyper.router_normalises = keys.truth_or("expert_weights_norm", false);
  hyper.router_scale = keys.real_or("expert_weights_scale", 1);
}

HyperParameters read_hyper_parameters(const GgufFile& file, const std::string& architecture) {
  constexpr std::array kArchitectures = {"llama", "deepseek2", "stories-moe"};
  if (std::ranges::find(kArchitectures, architecture) == kArchitectures.end()) {
    refuse(file.name(), "architecture {} is not supported; {} are", in_quotes(architecture),
           fmt::join(kArchitectures, ", "));
  }
  const Keys keys(file, architecture);
  HyperParameters hyper;
  hyper.architecture = architecture;
  read_sizes(keys, hyper);
  architecture == "deepseek2" ? read_latent_attention(keys, hyper)
                              : read_grouped_query(keys, hyper);
  read_rope(keys, hyper);
  if (architecture == "llama" && keys.whole_or("expert_count", 0) > 0) {
    refuse(file.name(), "llama with experts (Mixtral) is not supported");
  }
  if (architecture != "llama") read_experts(keys, hyper);
  hyper.vocabulary = keys.whole_or("vocab_size", 0);
  return hyper;
}

/// The number N of `blk.N.rest`.
std::optional<uint32_t> layer_of(std::string_view name) {
  constexpr std::string_view kPrefix = "blk.";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  uint32_t layer = 0;
  const auto parsed =
      std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), layer);
  return parsed.ec == std::errc() ? std::optional(layer) : std::nullopt;
}

/// The blocks after the last layer predict further tokens; the decoder does not run them.
void drop_prediction_blocks(Manifest& manifest, uint32_t blocks, const std::string& file) {
  if (blocks >= manifest.hyper.layers) {
    refuse(file, "nextn_predict_layers {} is not below block_count {}", blocks,
           manifest.hyper.layers);
  }
  manifest.hyper.layers -= blocks;
  if (blocks == 0) return;
  std::erase_if(manifest.tensors, [&](const TensorEntry& tensor) {
    return layer_of(tensor.name).value_or(0) >= manifest.hyper.layers;
  });
}

}  // namespace

Manifest read_gguf_model(const std::vector<SourceFile>& files) {
  GgufFile file(files.front());
  if (file.whole("split.count").value_or(1) > 1) {
    refuse(file.name(), "is one of {} split files; merge them first",
           *file.whole("split.count"));
  }
  const auto architecture = file.text("general.architecture");
  if (!architecture) refuse(file.name(), "key general.architecture is missing");

  Manifest manifest;
  manifest.name = file.text("general.name").value_or("");
  manifest.chat_template = file.text("tokenizer.chat_template").value_or("");
  manifest.vocabulary = read_gguf_vocabulary(file);
  if (file.tensors().empty()) {
    manifest.hyper.architecture = *architecture;
    manifest.hyper.vocabulary = static_cast<uint32_t>(manifest.vocabulary.pieces.size());
    return manifest;
  }

  manifest.hyper = read_hyper_parameters(file, std::string(*architecture));
  if (manifest.hyper.vocabulary == 0) {
    manifest.hyper.vocabulary = static_cast<uint32_t>(manifest.vocabulary.pieces.size());
  }
  manifest.tensors = std::move(file.tensors());
  const std::string prefix = manifest.hyper.architecture + '.';
  drop_prediction_blocks(manifest, file.whole(prefix + "nextn_predict_layers").value_or(0),
                         file.name());
  return manifest;
}

}  // namespace suan::engine
