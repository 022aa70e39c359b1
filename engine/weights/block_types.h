#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/weights/dequantize_blocks.h"

namespace suan::engine {

/// How a weight is stored.
enum class TensorType : uint8_t {
  F32,
  F16,
  BF16,
  Q8_0,
  Q4_0,
  Q4_1,
  Q5_0,
  Q5_1,
  Q4_K,
  Q5_K,
  Q6_K,
  F8E4M3
};

/// The smallest piece of a row that stands alone: one element, or a quantised block.
struct Block {
  uint32_t elements = 1;
  uint32_t bytes = 0;
};

/// All that the engine needs to know of one type.
struct BlockType {
  TensorType type{};
  const char* name = "";
  Block block;
  int32_t gguf_number = -1;      // in GGUF files; -1: they have no such type
  const char* safetensors = "";  // in safetensors files; empty: they have none either
  void (*dequantize)(const unsigned char* data, std::span<float> out) = nullptr;
};

/// A new type is a line here, an enumerator above, and its function in dequantize_blocks.
inline constexpr std::array kBlockTypes = {
    BlockType{TensorType::F32, "f32", {1, 4}, 0, "F32", dequantize_f32},
    BlockType{TensorType::F16, "f16", {1, 2}, 1, "F16", dequantize_f16},
    BlockType{TensorType::BF16, "bf16", {1, 2}, 30, "BF16", dequantize_bf16},
    BlockType{TensorType::Q8_0, "q8_0", {32, 34}, 8, "", dequantize_q8_0},
    BlockType{TensorType::Q4_0, "q4_0", {32, 18}, 2, "", dequantize_q4_0},
    BlockType{TensorType::Q4_1, "q4_1", {32, 20}, 3, "", dequantize_q4_1},
    BlockType{TensorType::Q5_0, "q5_0", {32, 22}, 6, "", dequantize_q5_0},
    BlockType{TensorType::Q5_1, "q5_1", {32, 24}, 7, "", dequantize_q5_1},
    BlockType{TensorType::Q4_K, "q4_k", {256, 144}, 12, "", dequantize_q4_k},
    BlockType{TensorType::Q5_K, "q5_k", {256, 176}, 13, "", dequantize_q5_k},
    BlockType{TensorType::Q6_K, "q6_k", {256, 210}, 14, "", dequantize_q6_k},
    BlockType{TensorType::F8E4M3, "f8_e4m3", {1, 1}, -1, "F8_E4M3", dequantize_f8_e4m3},
};

/// FP8 weights carry one float32 scale for each square of this many rows and columns.
constexpr size_t kScaleBlock = 128;

[[nodiscard]] constexpr const BlockType& block_type(TensorType type) {
  return kBlockTypes[static_cast<size_t>(type)];
}

[[nodiscard]] constexpr Block block_of(TensorType type) {
  return block_type(type).block;
}

/// `f32`, `q8_0`, ...
[[nodiscard]] constexpr const char* name_of(TensorType type) {
  return block_type(type).name;
}

/// Nothing when no type has the name.
[[nodiscard]] constexpr std::optional<TensorType> tensor_type(std::string_view name) {
  for (const BlockType& each : kBlockTypes) {
    if (name == each.name) return each.type;
  }
  return std::nullopt;
}

namespace detail {

constexpr bool are_in_order() {
  for (size_t i = 0; i < kBlockTypes.size(); ++i) {
    if (kBlockTypes[i].type != static_cast<TensorType>(i)) return false;
  }
  return true;
}

static_assert(are_in_order(), "kBlockTypes is indexed by TensorType");

}  // namespace detail
}  // namespace suan::engine
