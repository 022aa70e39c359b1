#pragma once

#include <vector>

#include "engine/backend/cpu/panel.h"
#include "engine/backend/worker_pool.h"

namespace suan::engine::cpu {

/// In which forms weights take a batch's rows.
struct Forms {
  bool groups = false;
  bool floats = false;

  void add(const KernelTable& kernels, const Weight& weight) {
    (takes_groups(kernels, weight.type) ? groups : floats) = true;
  }
};

/// A batch of activations in the forms that weights take; keeps its room.
class InputRows {
 public:
  /// `x` stays where it is and outlives the use of what is returned below.
  void set(const KernelTable& kernels, WorkerPool& pool, const Forms& forms, const Tensor& x);

  /// The same for heads side by side, `columns` of every `stride`: row head * x.rows + i is row i
  /// of that head.
  void set_heads(const KernelTable& kernels,
                 WorkerPool& pool,
                 const Forms& forms,
                 const Tensor& x,
                 size_t heads,
                 size_t stride,
                 size_t columns);

  /// Of some rows of the batch in turn.
  [[nodiscard]] Inputs slice(size_t first, size_t count) const {
    return {groups_of_.data() + first, rows_.data() + first, count};
  }

  [[nodiscard]] const Group* groups(size_t row) const { return groups_of_[row]; }

  [[nodiscard]] const float* floats(size_t row) const { return rows_[row]; }

 private:
  std::vector<Group> groups_;
  std::vector<const Group*> groups_of_;
  std::vector<const float*> rows_;
};

}  // namespace suan::engine::cpu
