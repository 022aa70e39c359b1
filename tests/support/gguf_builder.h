#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace suan::testing {

/// Writes GGUF files, right ones and wrong ones: nothing is checked.
///
/// Source: ggml docs/gguf.md
class GgufBuilder {
 public:
  explicit GgufBuilder(uint32_t version = 3) : version_(version) {}

  GgufBuilder& whole(std::string_view key, uint32_t value);
  GgufBuilder& real(std::string_view key, float value);
  GgufBuilder& truth(std::string_view key, bool value);
  GgufBuilder& text(std::string_view key, std::string_view value);
  GgufBuilder& texts(std::string_view key, const std::vector<std::string>& values);
  GgufBuilder& reals(std::string_view key, const std::vector<float>& values);
  GgufBuilder& wholes(std::string_view key, const std::vector<int32_t>& values);
  /// A key with a value type and value bytes of the caller's choice.
  GgufBuilder& raw(std::string_view key, uint32_t type, std::string_view value);

  /// The last value given for a key counts where it was first written.
  GgufBuilder& tensor(std::string_view name,
                      const std::vector<uint64_t>& shape,
                      uint32_t ggml_type,
                      std::string_view data);
  /// The same with an offset that may lie.
  GgufBuilder& tensor_at(std::string_view name,
                         const std::vector<uint64_t>& shape,
                         uint32_t ggml_type,
                         uint64_t offset);
  /// Takes out a key, or a tensor's entry.
  GgufBuilder& without(std::string_view name);
  GgufBuilder& counts(uint64_t tensors, uint64_t keys);  // lies about them

  [[nodiscard]] std::string bytes() const;

 private:
  struct Item {
    std::string name;
    std::string bytes;  // as in the header
  };

  static void put(std::vector<Item>& items, std::string_view name, std::string bytes);

  uint32_t version_;
  std::vector<Item> keys_;
  std::vector<Item> tensors_;
  std::string data_;
  bool lies_ = false;
  uint64_t tensor_count_ = 0;
  uint64_t key_count_ = 0;
};

/// `count` floats as bytes: a fixed, harmless pattern around 0.
std::string float_bytes(uint64_t count);

/// A valid llama of one layer: dim 8, 2 heads, 1 KV head, feed-forward 12, 6 tokens, F32.
GgufBuilder tiny_llama();

/// The same sizes as qwen2 (with biases), qwen3 or qwen3moe (with norms of heads; 4 experts).
GgufBuilder tiny_qwen(const std::string& architecture);

/// A valid deepseek2 of two layers, the first dense: MLA with a query rank, 4 experts, 2 used,
/// 2 groups, 1 shared expert.
GgufBuilder tiny_deepseek2();

/// With a third block, which predicts a further token.
GgufBuilder tiny_deepseek2_mtp();

}  // namespace suan::testing
