#pragma once

#include <cstdint>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/cache/page_pool.h"

namespace suan::engine {

/// What one layer remembers of one position, in floats.
struct CacheShape {
  uint32_t layers = 0;
  size_t key_width = 0;    // MLA: the latent and the shared roped key, side by side
  size_t value_width = 0;  // 0: values are the first columns of the keys (MLA)

  /// Bytes of one position over all layers.
  [[nodiscard]] uint64_t token_bytes() const {
    return uint64_t{layers} * (key_width + value_width) * sizeof(float);
  }
};

[[nodiscard]] CacheShape cache_shape(const HyperParameters& hyper);

/// Keys and values of all layers, in pages; a position's row is the same in every layer.
class KvCache {
 public:
  /// Throws std::bad_alloc.
  KvCache(Backend& backend, const CacheShape& shape, uint32_t pages);

  [[nodiscard]] PagePool& pages() { return pool_; }

  /// Shapes: [rows, key_width] and [rows, value_width]
  [[nodiscard]] Tensor keys(size_t layer) const;
  [[nodiscard]] Tensor values(size_t layer) const;

 private:
  CacheShape shape_;
  size_t rows_;
  std::vector<Buffer> keys_;
  std::vector<Buffer> values_;
  PagePool pool_;
};

}  // namespace suan::engine
