#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suan::testing {

/// Writes one safetensors file; nothing is checked.
///
/// Shapes:   outermost first, as in the file: a matrix is {rows, columns}
/// Source:   huggingface/safetensors README, "Format"
class SafetensorsBuilder {
 public:
  /// Every element is the byte pattern of 1 in `dtype`: F32, BF16 or F8_E4M3.
  SafetensorsBuilder& ones(std::string_view name,
                           const std::vector<uint64_t>& shape,
                           std::string_view dtype = "BF16");

  SafetensorsBuilder& tensor(std::string_view name,
                             const std::vector<uint64_t>& shape,
                             std::string_view dtype,
                             std::string_view data);

  [[nodiscard]] std::string bytes() const;

 private:
  std::string header_;
  std::string data_;
};

/// A line of `config.json` and the tensors of a whole small model, as Hugging Face names them.
struct HfModel {
  std::string config;
  SafetensorsBuilder weights;
};

/// dim 8, 2 heads of 4, 1 KV head, one layer, 6 tokens, untied.
HfModel small_hf_llama();
HfModel small_hf_qwen2();
HfModel small_hf_qwen3_moe();  // 4 experts of width 10

/// DeepSeek-V3: two layers and one that predicts, the first dense, 4 experts; every matrix that
/// the released checkpoints keep in FP8 is so, with its scales.
HfModel small_hf_deepseek3();

/// DeepSeek-V2-Lite: queries without a lower rank, softmax, no groups, 2 shared experts.
HfModel small_hf_deepseek2_lite();

}  // namespace suan::testing
