#include "engine/backend/cpu/input_rows.h"

namespace suan::engine::cpu {

void InputRows::set(const KernelTable& kernels,
                    WorkerPool& pool,
                    const Forms& forms,
                    const Tensor& x) {
  rows_.resize(x.rows);
  groups_of_.assign(x.rows, nullptr);
  for (size_t i = 0; i < x.rows; ++i)
    rows_[i] = x.row(i);
  if (!forms.groups) return;

  const size_t count = x.columns / kGroupColumns;
  if (groups_.size() < x.rows * count) groups_.resize(x.rows * count);
  for (size_t i = 0; i < x.rows; ++i)
    groups_of_[i] = groups_.data() + i * count;
  pool.run(x.rows, x.columns, [&](size_t first, size_t last, size_t) {
    for (size_t i = first; i < last; ++i)
      kernels.quantize(rows_[i], x.columns, groups_.data() + i * count);
  });
}

}  // namespace suan::engine::cpu
