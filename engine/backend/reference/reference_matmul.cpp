#include <algorithm>
#include <cassert>

#include "engine/backend/reference/dot.h"
#include "engine/backend/reference/reference_backend.h"
#include "engine/backend/reference/weight_rows.h"

namespace suan::engine {

using reference::WeightRows;

void ReferenceBackend::matmul(const Weight& weight, const Tensor& x, const Tensor& out) {
  assert(x.columns == weight.columns);
  assert(out.columns == weight.rows);
  assert(out.rows == x.rows);
  const size_t n = weight.columns;

  // Four rows of the weight at a time: each value of x is read once for all four.
  const size_t blocks = (weight.rows + 3) / 4;
  pool_.run(blocks, 4 * n * x.rows, [&](size_t first, size_t last, size_t worker) {
    const WeightRows rows(weight, scratch_[worker]);
    for (size_t block = first; block < last; ++block) {
      const size_t r = block * 4;
      const size_t count = std::min<size_t>(4, weight.rows - r);
      const float* in_use[4]{};
      for (size_t j = 0; j < count; ++j)
        in_use[j] = rows.row(r + j, j);
      for (size_t i = 0; i < x.rows; ++i) {
        float* to = out.data + i * out.stride + r;
        const float* from = x.data + i * x.stride;
        if (count == 4) {
          reference::dot_of_four(in_use, from, n, to);
        } else {
          for (size_t j = 0; j < count; ++j)
            to[j] = reference::dot(in_use[j], from, n);
        }
      }
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
