#include "engine/weights/hf_config.h"

#include <algorithm>
#include <unordered_map>

#include "engine/weights/checks.h"
#include "engine/weights/hf_names.h"
#include "engine/weights/json_walk.h"
#include "engine/weights/llama2c.h"
#include "engine/weights/refuse.h"
#include "engine/weights/safetensors.h"

namespace suan::engine {
namespace {

/// The scalars of config.json, and the first architecture.
class Config {
 public:
  explicit Config(const SourceFile& file) : file_(file.name) {
    const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()),
                                file.bytes.size());
    walk_json(file_, text, {}, [&](auto path, const JsonScalar& value) {
      if (path[0].key == "auto_map") {
        refuse(file_, "auto_map names code of the model's own, which is never run");
      }
      if (path.size() == 1) scalars_.emplace(path[0].key, value);
      if (path[0].key == "architectures" && path.size() == 2 && path[1].index == 0) {
        architecture_ = value.text;
      }
    });
  }

  [[nodiscard]] uint32_t whole(const char* key) const {
    const JsonScalar& value = field(key);
    if (value.kind != JsonScalar::Kind::Whole || value.whole > INT32_MAX) {
      refuse(file_, "{} is no whole number from 0 to {}", key, INT32_MAX);
    }
    return static_cast<uint32_t>(value.whole);
  }

  [[nodiscard]] float real(const char* key) const {
    const JsonScalar& value = field(key);
    if (value.kind != JsonScalar::Kind::Whole && value.kind != JsonScalar::Kind::Real) {
      refuse(file_, "{} is no number", key);
    }
    return static_cast<float>(value.real);
  }

  [[nodiscard]] bool truth(const char* key) const {
    const JsonScalar& value = field(key);
    if (value.kind != JsonScalar::Kind::Bool)
      refuse(file_, "{} is neither true nor false", key);
    return value.truth;
  }

  /// Refuses a setting that means another computation than ours.
  void require(const char* key, std::string_view expected) const {
    const JsonScalar& value = field(key);
    if (value.kind == JsonScalar::Kind::Text && value.text == expected) return;
    refuse(file_, "{} is {}; {} is supported", key, in_quotes(value.text), in_quotes(expected));
  }

  [[nodiscard]] bool has(const char* key) const { return scalars_.contains(key); }

  [[nodiscard]] const std::string& architecture() const { return architecture_; }

  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  [[nodiscard]] const JsonScalar& field(const char* key) const {
    const auto found = scalars_.find(key);
    if (found == scalars_.end()) refuse(file_, "{} is missing", key);
    return found->second;
  }

  std::string file_;
  std::string architecture_;
  std::unordered_map<std::string, JsonScalar> scalars_;
};

void read_attention(const Config& config, HyperParameters& hyper) {
  hyper.layers = config.whole("num_hidden_layers");
  hyper.dim = config.whole("hidden_size");
  hyper.heads = config.whole("num_attention_heads");
  hyper.kv_heads = config.whole("num_key_value_heads");
  hyper.head_dim = config.whole("head_dim");
  hyper.vocabulary = config.whole("vocab_size");
  hyper.context_tokens = config.whole("max_position_embeddings");
  hyper.norm_eps = config.real("rms_norm_eps");
  hyper.rope_base = config.real("rope_theta");
  hyper.rope_dim = hyper.head_dim;
  hyper.rope_is_adjacent = config.truth("rope_interleaved");
}

/// The router of DeepSeek-V3 ("noaux_tc"): sigmoid scores, a bias used to choose only.
void read_experts(const Config& config, HyperParameters& hyper) {
  config.require("scoring_func", "sigmoid");
  config.require("topk_method", "noaux_tc");
  hyper.experts = config.whole("n_routed_experts");
  hyper.experts_used = config.whole("num_experts_per_tok");
  hyper.experts_shared = config.whole("n_shared_experts");
  hyper.expert_ff_dim = config.whole("moe_intermediate_size");
  hyper.shared_ff_dim = config.whole("shared_expert_intermediate_size");
  hyper.dense_layers = config.whole("first_k_dense_replace");
  if (hyper.dense_layers > 0) hyper.ff_dim = config.whole("intermediate_size");
  hyper.groups = config.whole("n_group");
  hyper.groups_kept = config.whole("topk_group");
  hyper.router_score = RouterScore::Sigmoid;
  hyper.router_normalises = config.truth("norm_topk_prob");
  hyper.router_scale = config.real("routed_scaling_factor");
}

HyperParameters read_hyper_parameters(const Config& config) {
  if (config.architecture() != "StoriesMoeForCausalLM") {
    refuse(config.file(), "architecture {} is not supported; StoriesMoeForCausalLM is",
           in_quotes(config.architecture()));
  }
  config.require("hidden_act", "silu");
  HyperParameters hyper;
  hyper.architecture = "stories-moe";
  read_attention(config, hyper);
  read_experts(config, hyper);
  return hyper;
}

void add_tensors(Manifest& manifest, const SourceFile& file, uint32_t number) {
  for (TensorEntry& entry : read_safetensors(file, number)) {
    const auto name = gguf_name(entry.name);
    if (!name) {
      refuse(file.name, "tensor {} is not one of a {} model", in_quotes(entry.name),
             manifest.hyper.architecture);
    }
    entry.name = *name;
    manifest.tensors.push_back(std::move(entry));
  }
}

/// In the stories models BOS ends a text as EOS does.
void add_vocabulary(Manifest& manifest, const SourceFile& file, const Config& config) {
  if (config.has("tokenizer")) config.require("tokenizer", file.name);
  manifest.vocabulary = read_llama2c_vocabulary(file, manifest.hyper.vocabulary);
  const uint32_t bos = config.whole("bos_token_id");
  const uint32_t eos = config.whole("eos_token_id");
  if (std::max(bos, eos) >= manifest.hyper.vocabulary) {
    refuse(config.file(), "bos_token_id {} or eos_token_id {} is not below vocab_size {}", bos,
           eos, manifest.hyper.vocabulary);
  }
  manifest.vocabulary.bos = static_cast<int32_t>(bos);
  manifest.vocabulary.ends = {static_cast<int32_t>(bos), static_cast<int32_t>(eos)};
}

}  // namespace

Manifest read_hf_folder(const std::vector<SourceFile>& files) {
  const Config config(files.front());
  Manifest manifest;
  manifest.hyper = read_hyper_parameters(config);
  manifest.name = manifest.hyper.architecture;
  if (manifest.hyper.vocabulary == 0 || manifest.hyper.vocabulary > kVocabularyMax) {
    refuse(config.file(), "vocab_size is {}, allowed is 1 to {}", manifest.hyper.vocabulary,
           kVocabularyMax);
  }
  for (uint32_t i = 1; i < files.size(); ++i) {
    if (files[i].name.ends_with(".safetensors")) {
      add_tensors(manifest, files[i], i);
    } else {
      add_vocabulary(manifest, files[i], config);
    }
  }
  const bool is_tied = config.truth("tie_word_embeddings");
  const auto is_output = [](const TensorEntry& entry) { return entry.name == "output.weight"; };
  const bool has_output = std::ranges::any_of(manifest.tensors, is_output);
  if (is_tied == has_output) {
    refuse(config.file(), "tie_word_embeddings is {}, but lm_head.weight {}", is_tied,
           has_output ? "exists" : "is missing");
  }
  return manifest;
}

}  // namespace suan::engine
