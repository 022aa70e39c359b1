#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/weights/manifest.h"

namespace suan::engine {

/// A view of float32 activations [rows, columns] in the memory of one backend.
///
/// Only the backend that made the memory may look behind `data`: it can lie on a device.
struct Tensor {
  float* data = nullptr;
  size_t rows = 0;
  size_t columns = 0;
  size_t stride = 0;  // floats from one row to the next

  [[nodiscard]] float* row(size_t index) const {
    assert(index < rows);
    return data + index * stride;
  }

  [[nodiscard]] Tensor slice_rows(size_t first, size_t count) const {
    assert(first + count <= rows);
    return {data + first * stride, count, columns, stride};
  }

  [[nodiscard]] Tensor slice_columns(size_t first, size_t count) const {
    assert(first + count <= columns);
    return {data + first, rows, count, stride};
  }
};

/// Memory of one backend, given back when destroyed.
class Buffer {
 public:
  Buffer() = default;

  /// `memory` frees itself through its deleter; `floats` is its size.
  Buffer(std::shared_ptr<float> memory, size_t floats)
      : memory_(std::move(memory)), floats_(floats) {}

  Buffer(Buffer&&) = default;
  Buffer& operator=(Buffer&&) = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] size_t floats() const { return floats_; }

  [[nodiscard]] Tensor view(size_t rows, size_t columns) const {
    assert(rows * columns <= floats_);
    return {memory_.get(), rows, columns, columns};
  }

 private:
  std::shared_ptr<float> memory_;
  size_t floats_ = 0;
};

/// A weight matrix [rows, columns] as the backend keeps it; each row is whole blocks of `type`.
///
/// A view: the model file, or what the backend holds, outlives it.
struct Weight {
  TensorType type{};
  size_t rows = 0;
  size_t columns = 0;
  size_t row_bytes = 0;
  const unsigned char* data = nullptr;
  /// FP8 alone: float32 [blocks of rows, blocks of columns], row-major, perhaps unaligned; a
  /// weight is its value times the scale of its block of kScaleBlock x kScaleBlock.
  const unsigned char* scales = nullptr;
  size_t scale_row = 0;  // of the first row inside its block

  [[nodiscard]] Weight slice_rows(size_t first, size_t count) const {
    assert(first + count <= rows);
    Weight slice = *this;
    slice.rows = count;
    slice.data += first * row_bytes;
    if (scales != nullptr) {
      slice.scales = scales_of_row(first);
      slice.scale_row = (scale_row + first) % kScaleBlock;
    }
    return slice;
  }

  /// The scales of a row's blocks of columns.
  [[nodiscard]] const unsigned char* scales_of_row(size_t row) const {
    const size_t blocks = (columns + kScaleBlock - 1) / kScaleBlock;
    return scales + (scale_row + row) / kScaleBlock * blocks * sizeof(float);
  }
};

}  // namespace suan::engine
