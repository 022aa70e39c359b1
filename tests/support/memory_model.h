#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/model_file.h"

namespace suan::engine {

/// A model whose weights lie in a vector: made by hand, at random, or copied to be changed.
class MemoryModel final : public ModelFile {
 public:
  explicit MemoryModel(const HyperParameters& hyper) { manifest_.hyper = hyper; }

  [[nodiscard]] const Manifest& manifest() const override { return manifest_; }

  [[nodiscard]] const unsigned char* data(const TensorEntry& tensor) const override;

  [[nodiscard]] const std::string& digest() const override { return digest_; }

  /// A float32 tensor; `shape` is innermost first. Replaces one of the same name.
  void add(const std::string& name,
           const std::vector<uint64_t>& shape,
           std::span<const float> values);

  /// The floats of a tensor, to read or change.
  [[nodiscard]] std::span<float> values(std::string_view name);

  [[nodiscard]] HyperParameters& hyper() { return manifest_.hyper; }

  [[nodiscard]] std::vector<int32_t>& ends() { return manifest_.vocabulary.ends; }

 private:
  Manifest manifest_;
  std::vector<float> floats_;
  std::string digest_ = "made in memory";
};

/// Four heads in two groups, two layers, 64 tokens.
[[nodiscard]] HyperParameters small_llama();

/// As `small_llama` with eight experts, two of them chosen, and a shared one.
[[nodiscard]] HyperParameters small_stories_moe();

/// MLA with a low-rank query and YaRN; one dense layer, then eight experts in four groups.
[[nodiscard]] HyperParameters small_deepseek2();

/// As `small_llama`, with biases and pairs of halves.
[[nodiscard]] HyperParameters small_qwen2();

/// As `small_qwen2`, with norms of heads instead of biases.
[[nodiscard]] HyperParameters small_qwen3();

/// As `small_qwen3`, with eight experts, three of them chosen.
[[nodiscard]] HyperParameters small_qwen3moe();

/// As `small_deepseek2` without q-LoRA and YaRN; V2's router: softmax, groups by their best.
[[nodiscard]] HyperParameters small_deepseek2_lite();

/// All of these, once each.
[[nodiscard]] std::vector<HyperParameters> small_models();

/// Fit for a test's name.
[[nodiscard]] std::string name_of_model(const HyperParameters& hyper);

/// Every tensor that the architecture needs, drawn from `seed`.
[[nodiscard]] std::shared_ptr<MemoryModel> make_random_model(const HyperParameters& hyper,
                                                             uint64_t seed);

/// A copy in float32 that can be changed.
[[nodiscard]] std::shared_ptr<MemoryModel> copy_of(const ModelFile& model);

/// `count` numbers around 0 with standard deviation `spread`; the same on every machine.
[[nodiscard]] std::vector<float> random_floats(uint64_t seed,
                                               size_t count,
                                               float spread = 1.0F);

}  // namespace suan::engine
