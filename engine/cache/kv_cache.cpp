#include "engine/cache/kv_cache.h"

namespace suan::engine {

CacheShape cache_shape(const HyperParameters& hyper) {
  // The prediction head is one more layer, whatever number of blocks a file has.
  const uint32_t layers = hyper.layers + (hyper.mtp_layers > 0 ? 1 : 0);
  if (hyper.kv_lora > 0) return {layers, size_t{hyper.kv_lora} + hyper.rope_dim, 0};

  const size_t width = size_t{hyper.kv_heads} * hyper.head_dim;
  return {layers, width, width};
}

KvCache::KvCache(Backend& backend, const CacheShape& shape, uint32_t pages)
    : shape_(shape), rows_(size_t{pages} * kPageTokens), pool_(pages) {
  for (uint32_t layer = 0; layer < shape.layers; ++layer) {
    keys_.push_back(backend.allocate(rows_ * shape.key_width));
    if (shape.value_width > 0) values_.push_back(backend.allocate(rows_ * shape.value_width));
  }
}

Tensor KvCache::keys(size_t layer) const {
  return keys_[layer].view(rows_, shape_.key_width);
}

Tensor KvCache::values(size_t layer) const {
  assert(shape_.value_width > 0);
  return values_[layer].view(rows_, shape_.value_width);
}

}  // namespace suan::engine
