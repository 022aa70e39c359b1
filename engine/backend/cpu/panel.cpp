#include "engine/backend/cpu/panel.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "engine/backend/reference/weight_rows.h"

namespace suan::engine::cpu {
namespace {

/// A panel's rows, where they lie. Those that the weight's end lacks are stood in for by its last,
/// in a copy.
Rows rows_of(const KernelTable& kernels,
             const Weight& weight,
             size_t first_row,
             Scratch& scratch) {
  const unsigned char* first = weight.data + first_row * weight.row_bytes;
  if (first_row + kernels.lanes <= weight.rows)
    return {.first = first, .stride = weight.row_bytes};

  scratch.rows.resize(kernels.lanes * weight.row_bytes);
  for (size_t lane = 0; lane < kernels.lanes; ++lane) {
    const size_t row = std::min(first_row + lane, weight.rows - 1);
    std::memcpy(scratch.rows.data() + lane * weight.row_bytes,
                weight.data + row * weight.row_bytes, weight.row_bytes);
  }
  return {.first = scratch.rows.data(), .stride = weight.row_bytes};
}

/// A share of `ahead` for each tile.
void aim(Rows& rows, const Ahead& ahead, size_t first, size_t columns, size_t all) {
  if (ahead.data == nullptr) return;
  rows.ahead = ahead.data + ahead.bytes * first / all;
  rows.ahead_bytes = ahead.bytes * columns / all;
}

/// A tile of a type without a kernel: each row becomes floats, which are then interleaved.
void unpack_slowly(const KernelTable& kernels,
                   const Weight& weight,
                   size_t first_row,
                   size_t first,
                   size_t columns,
                   Scratch& scratch) {
  scratch.row.resize(kTileColumns);
  for (size_t lane = 0; lane < kernels.lanes; ++lane) {
    const size_t row = std::min(first_row + lane, weight.rows - 1);
    reference::read_columns(weight, row, first, {scratch.row.data(), columns});
    for (size_t column = 0; column < columns; ++column)
      scratch.floats.values[column * kernels.lanes + lane] = scratch.row[column];
  }
}

}  // namespace

Format format_of(const KernelTable& kernels, TensorType type) {
  switch (type) {
    case TensorType::F32:
      return {.unpack = kernels.f32};
    case TensorType::F16:
      return {.unpack = kernels.f16};
    case TensorType::BF16:
      return {.unpack = kernels.bf16};
    case TensorType::Q8_0:
      return {.ints = &kernels.q8_0};
    case TensorType::Q4_0:
      return {.ints = &kernels.q4_0};
    case TensorType::Q4_1:
      return {.ints = &kernels.q4_1};
    case TensorType::Q5_0:
      return {.ints = &kernels.q5_0};
    case TensorType::Q5_1:
      return {.ints = &kernels.q5_1};
    case TensorType::Q4_K:
      return {.ints = &kernels.q4_k};
    case TensorType::Q5_K:
      return {.ints = &kernels.q5_k};
    case TensorType::Q6_K:
      return {.ints = &kernels.q6_k};
    case TensorType::F8E4M3:
      return {};
  }
  return {};
}

bool takes_groups(const KernelTable& kernels, TensorType type) {
  return format_of(kernels, type).ints != nullptr;
}

size_t rows_ahead(const KernelTable& kernels, const Weight& weight) {
  // At 25 GB/s this much takes 0.7 us; memory answers in 0.1 to 0.3.
  constexpr size_t kBytesAhead = 16 << 10;
  const size_t panel_bytes = kernels.lanes * weight.row_bytes;
  return (kBytesAhead + panel_bytes - 1) / panel_bytes * kernels.lanes;
}

Ahead panel_at(const KernelTable& kernels, const Weight& weight, size_t row) {
  if (row >= weight.rows) return {};
  return {weight.data + row * weight.row_bytes,
          std::min(kernels.lanes, weight.rows - row) * weight.row_bytes};
}

void multiply_panel(const KernelTable& kernels,
                    const Weight& weight,
                    size_t first_row,
                    const Ahead& ahead,
                    const Inputs& inputs,
                    Scratch& scratch,
                    float* sums) {
  assert(first_row < weight.rows);
  const Format format = format_of(kernels, weight.type);
  Rows rows = rows_of(kernels, weight, first_row, scratch);
  std::fill_n(sums, inputs.tokens * kernels.lanes, 0.0F);
  for (size_t first = 0; first < weight.columns; first += kTileColumns) {
    const size_t columns = std::min(kTileColumns, weight.columns - first);
    aim(rows, ahead, first, columns, weight.columns);
    if (format.ints != nullptr && inputs.tokens == 1) {
      format.ints->multiply_one(rows, first, columns, inputs.groups[0], sums);
      continue;
    }
    if (format.ints != nullptr) {
      format.ints->unpack(rows, first, columns, scratch.ints);
      format.ints->multiply(scratch.ints, columns, inputs.groups, first / kGroupColumns,
                            inputs.tokens, sums);
      continue;
    }
    if (format.unpack != nullptr) {
      format.unpack(rows, first, columns, scratch.floats);
    } else {
      unpack_slowly(kernels, weight, first_row, first, columns, scratch);
    }
    kernels.multiply_floats(scratch.floats.values, kernels.lanes, columns, inputs.rows, first,
                            inputs.tokens, sums);
  }
}

void multiply_columns(const KernelTable& kernels,
                      const Weight& weight,
                      size_t first,
                      size_t count,
                      const Inputs& inputs,
                      Scratch& scratch,
                      float* sums) {
  const size_t lanes = kernels.lanes;
  const size_t panels = (count + lanes - 1) / lanes;
  const size_t stride = panels * lanes;
  std::fill_n(sums, panels * inputs.tokens * lanes, 0.0F);
  scratch.row.assign(kTileColumns * stride, 0.0F);
  for (size_t row = 0; row < weight.rows; row += kTileColumns) {
    const size_t rows = std::min(kTileColumns, weight.rows - row);
    for (size_t i = 0; i < rows; ++i)
      reference::read_columns(weight, row + i, first, {scratch.row.data() + i * stride, count});
    for (size_t panel = 0; panel < panels; ++panel) {
      kernels.multiply_floats(scratch.row.data() + panel * lanes, stride, rows, inputs.rows,
                              row, inputs.tokens, sums + panel * inputs.tokens * lanes);
    }
  }
}

}  // namespace suan::engine::cpu
