#include "engine/weights/convert_plan.h"

namespace suan::engine {
namespace {

/// Norms, biases and factors are short; a router in low precision would choose other experts.
bool is_kept_exact(const std::string& name, const std::vector<uint64_t>& shape) {
  return shape.size() < 2 || !name.ends_with(".weight") ||
         name.find("ffn_gate_inp") != std::string::npos;
}

bool is_output(const Manifest& manifest, const std::string& name) {
  if (name == "output.weight") return true;
  return name == "token_embd.weight" && manifest.find("output.weight") == nullptr;
}

bool has_few_bits(TensorType type) {
  const Block block = block_of(type);
  return block.elements > 1 && block.bytes * 8 < block.elements * 6;
}

TensorType wider(const std::vector<uint64_t>& shape) {
  return tensor_bytes(TensorType::Q6_K, shape) ? TensorType::Q6_K : TensorType::Q8_0;
}

}  // namespace

TensorType planned_type(const Manifest& manifest,
                        const std::string& name,
                        const std::vector<uint64_t>& shape,
                        TensorType stored,
                        std::optional<TensorType> wish) {
  if (is_kept_exact(name, shape)) return TensorType::F32;
  if (!wish) return stored == TensorType::F8E4M3 ? TensorType::BF16 : stored;
  const bool needs_bits = is_output(manifest, name) && has_few_bits(*wish);
  const TensorType type = needs_bits ? wider(shape) : *wish;
  return tensor_bytes(type, shape) ? type : TensorType::F16;
}

std::vector<std::string_view> convertible_types() {
  std::vector<std::string_view> names;
  for (const BlockType& each : kBlockTypes) {
    if (each.gguf_number >= 0) names.emplace_back(each.name);
  }
  return names;
}

}  // namespace suan::engine
