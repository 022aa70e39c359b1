#pragma once

#include <cstddef>
#include <vector>

#include "engine/backend/cpu/kernels.h"
#include "engine/backend/tensor.h"

namespace suan::engine::cpu {

/// How a stored type is multiplied: by int8 products or in float32.
struct Format {
  const IntFormat* ints = nullptr;  // null: in float32
  UnpackFloats unpack = nullptr;    // null: by dequantize
};

[[nodiscard]] Format format_of(const KernelTable& kernels, TensorType type);

/// Whether activations are rounded to groups before they meet a weight of this type.
[[nodiscard]] bool takes_groups(const KernelTable& kernels, TensorType type);

/// The rows of activations that meet a weight, in the form that its type takes.
struct Inputs {
  const Group* const* groups = nullptr;
  const float* const* rows = nullptr;
  size_t tokens = 0;
};

/// What one thread works with.
struct Scratch {
  IntTile ints{};
  FloatTile floats{};
  std::vector<unsigned char> rows;  // a panel of fewer rows than lanes
  std::vector<float> row;           // a piece of a row that has no kernel of its own
};

/// Bytes of weights that will be wanted soon.
struct Ahead {
  const unsigned char* data = nullptr;
  size_t bytes = 0;
};

/// By how many rows fetching runs ahead of computing: far enough to hide the memory's delay.
[[nodiscard]] size_t rows_ahead(const KernelTable& kernels, const Weight& weight);

/// The panel that begins at a row; nothing at or behind the weight's end.
[[nodiscard]] Ahead panel_at(const KernelTable& kernels, const Weight& weight, size_t row);

/// Multiplies a panel, up to `lanes` rows of a weight from `first_row` on, by all inputs, and
/// fetches `ahead` into the cache meanwhile.
///
/// Shapes: sums [tokens, lanes]; of lanes beyond the panel's rows they mean nothing
void multiply_panel(const KernelTable& kernels,
                    const Weight& weight,
                    size_t first_row,
                    const Ahead& ahead,
                    const Inputs& inputs,
                    Scratch& scratch,
                    float* sums);

/// Multiplies columns `first` to `first + count` of a weight, as rows of its transpose, by inputs
/// in float32.
///
/// Requires: the columns are whole blocks of the type
/// Shapes:   sums [count / lanes rounded up, tokens, lanes]
void multiply_columns(const KernelTable& kernels,
                      const Weight& weight,
                      size_t first,
                      size_t count,
                      const Inputs& inputs,
                      Scratch& scratch,
                      float* sums);

}  // namespace suan::engine::cpu
