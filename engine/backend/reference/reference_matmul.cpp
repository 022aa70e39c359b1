#include <algorithm>
#include <cassert>

#include "engine/backend/reference/dot.h"
#include "engine/backend/reference/reference_backend.h"
#include "engine/backend/reference/weight_rows.h"

namespace suan::engine {

using reference::WeightRows;

namespace {

constexpr size_t kRowsAtOnce = 4;  // each value of x is read once for all four

/// out[:, first .. first + count) = x times these rows of the weight; `count` is 1 to 4.
void multiply_rows(
    const WeightRows& rows, size_t first, size_t count, const Tensor& x, const Tensor& out) {
  const float* in_use[kRowsAtOnce]{};
  for (size_t j = 0; j < count; ++j)
    in_use[j] = rows.row(first + j, j);
  for (size_t i = 0; i < x.rows; ++i) {
    float* to = out.row(i) + first;
    if (count == kRowsAtOnce) {
      reference::dot_of_four(in_use, x.row(i), x.columns, to);
    } else {
      for (size_t j = 0; j < count; ++j)
        to[j] = reference::dot(in_use[j], x.row(i), x.columns);
    }
  }
}

}  // namespace

void ReferenceBackend::matmul(const Weight& weight, const Tensor& x, const Tensor& out) {
  assert(x.columns == weight.columns);
  assert(out.columns == weight.rows);
  assert(out.rows == x.rows);
  const size_t blocks = (weight.rows + kRowsAtOnce - 1) / kRowsAtOnce;
  const size_t cost = kRowsAtOnce * weight.columns * x.rows;
  pool_.run(blocks, cost, [&](size_t first, size_t last, size_t worker) {
    const WeightRows rows(weight, scratch_[worker]);
    for (size_t block = first; block < last; ++block) {
      const size_t row = block * kRowsAtOnce;
      multiply_rows(rows, row, std::min(kRowsAtOnce, weight.rows - row), x, out);
    }
  });
}

void ReferenceBackend::matmul_transposed(const Weight& weight,
                                         const Tensor& x,
                                         const Tensor& out) {
  assert(x.columns == weight.rows);
  assert(out.columns == weight.columns);
  assert(out.rows == x.rows);
  const size_t n = weight.columns;

  pool_.run(x.rows, n * weight.rows, [&](size_t first, size_t last, size_t worker) {
    for (size_t i = first; i < last; ++i)
      std::fill_n(out.row(i), n, 0.0F);
    const WeightRows rows(weight, scratch_[worker]);
    for (size_t r = 0; r < weight.rows; ++r) {
      const float* row = rows.row(r, 0);
      for (size_t i = first; i < last; ++i) {
        reference::add_scaled(x.row(i)[r], row, out.row(i), n);
      }
    }
  });
}

}  // namespace suan::engine
