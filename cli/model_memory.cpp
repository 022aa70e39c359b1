#include "cli/model_memory.h"

#include <algorithm>
#include <array>

#include "engine/cache/kv_cache.h"

namespace suan::cli {

namespace {

constexpr std::array<uint32_t, 3> kUsualContexts = {4'096, 32'768, 131'072};

void count_weights(const engine::Manifest& manifest, ModelMemory& memory) {
  std::array<uint64_t, engine::kBlockTypes.size()> bytes{};
  for (const engine::TensorEntry& tensor : manifest.tensors) {
    const engine::Block block = engine::block_of(tensor.type);
    bytes[static_cast<size_t>(tensor.type)] += tensor.bytes;
    memory.weight_bytes += tensor.bytes;
    const bool is_scales = tensor.name.ends_with("_scale_inv");
    memory.parameters += is_scales ? 0 : tensor.bytes / block.bytes * block.elements;
  }
  for (const engine::BlockType& each : engine::kBlockTypes) {
    const uint64_t of_type = bytes[static_cast<size_t>(each.type)];
    if (of_type > 0) memory.types.push_back({each.name, of_type});
  }
  std::ranges::stable_sort(memory.types, std::ranges::greater(), &ModelMemory::OfType::bytes);
}

}  // namespace

ModelMemory memory_of(const engine::Manifest& manifest, uint32_t context_tokens) {
  ModelMemory memory;
  count_weights(manifest, memory);
  if (manifest.tensors.empty()) return memory;  // a vocabulary

  const uint32_t wished = context_tokens > 0 ? context_tokens : manifest.hyper.context_tokens;
  memory.kv_bytes_per_token = engine::cache_shape(manifest.hyper).token_bytes();
  for (const uint32_t tokens : kUsualContexts) {
    if (tokens < wished) {
      memory.contexts.push_back({tokens, memory.kv_bytes_per_token * tokens});
    }
  }
  memory.contexts.push_back({wished, memory.kv_bytes_per_token * wished});
  return memory;
}

}  // namespace suan::cli
