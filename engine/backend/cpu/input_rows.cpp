#include "engine/backend/cpu/input_rows.h"

namespace suan::engine::cpu {

void InputRows::set(const KernelTable& kernels,
                    WorkerPool& pool,
                    const Forms& forms,
                    const Tensor& x) {
  set_heads(kernels, pool, forms, x, 1, 0, x.columns);
}

void InputRows::set_heads(const KernelTable& kernels,
                          WorkerPool& pool,
                          const Forms& forms,
                          const Tensor& x,
                          size_t heads,
                          size_t stride,
                          size_t columns) {
  const size_t rows = heads * x.rows;
  rows_.resize(rows);
  groups_of_.assign(rows, nullptr);
  for (size_t i = 0; i < rows; ++i)
    rows_[i] = x.row(i % x.rows) + i / x.rows * stride;
  if (!forms.groups) return;

  const size_t count = columns / kGroupColumns;
  if (groups_.size() < rows * count) groups_.resize(rows * count);
  for (size_t i = 0; i < rows; ++i)
    groups_of_[i] = groups_.data() + i * count;
  pool.run(rows, columns, [&](size_t first, size_t last, size_t) {
    for (size_t i = first; i < last; ++i)
      kernels.quantize(rows_[i], columns, groups_.data() + i * count);
  });
}

}  // namespace suan::engine::cpu
