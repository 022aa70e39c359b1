#pragma once

#include "engine/backend/backend.h"
#include "engine/cache/kv_cache.h"
#include "engine/model/activations.h"
#include "engine/model/batch.h"

namespace suan::engine {

/// What every part of a model gets to see while one batch goes through.
struct ForwardPass {
  Backend& backend;
  const Batch& batch;
  const KvCache& cache;
  Activations& room;

  [[nodiscard]] size_t rows() const { return batch.rows(); }

  /// `buffer` as [rows of the batch, columns]
  [[nodiscard]] Tensor view(const Buffer& buffer, size_t columns) const {
    return buffer.view(rows(), columns);
  }
};

}  // namespace suan::engine
