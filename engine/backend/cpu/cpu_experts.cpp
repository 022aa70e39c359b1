#include <algorithm>
#include <cassert>
#include <limits>

#include "engine/backend/cpu/cpu_backend.h"

namespace suan::engine {
namespace {

/// Rows of gate and up that one item computes: a group of what down takes.
constexpr size_t kHiddenRows = cpu::kGroupColumns;

/// Rows of down that one item computes.
constexpr size_t kOutRows = 64;

/// Pairs that share an unpacked panel, as in matmul.
constexpr size_t kPairBlock = 128;

size_t blocks_of(size_t count, size_t size) {
  return (count + size - 1) / size;
}

}  // namespace

void CpuBackend::experts(const ExpertWeights& weights,
                         const Routes& routes,
                         const Tensor& x,
                         const Tensor& out) {
  assert(x.rows == out.rows);
  assert(x.columns == out.columns);
  assert(x.rows <= routes.tokens);
  const size_t dim = x.columns;
  const size_t ff = weights.gate.front().rows;
  plan_experts(weights, routes, x);

  // One pool of work over (expert, block of rows): no thread waits for a popular expert.
  const std::span<const uint32_t> active = run_.plan.active();
  const size_t pairs_each = run_.plan.pairs().size() / std::max<size_t>(active.size(), 1);
  const auto for_each = [&](size_t rows, size_t block, size_t columns, const auto& compute) {
    const size_t blocks = blocks_of(rows, block);
    const size_t cost = block * columns * pairs_each;
    pool_.run(active.size() * blocks, cost, [&](size_t first, size_t last, size_t worker) {
      for (size_t item = first; item < last; ++item)
        compute(item / blocks, item % blocks * block, workers_[worker]);
    });
  };
  for_each(ff, kHiddenRows, 2 * dim,
           [&](size_t i, size_t row, Worker& worker) { expand(weights, i, row, worker); });
  for_each(dim, kOutRows, ff,
           [&](size_t i, size_t row, Worker& worker) { contract(weights, i, row, worker); });
  combine(routes, out);
}

/// The panel that is computed some time after `row` of the i-th active expert: of the same matrix,
/// or the first of the next expert's.
cpu::Ahead CpuBackend::expert_ahead(const std::vector<Weight>& matrices,
                                    size_t i,
                                    size_t row) const {
  const std::span<const uint32_t> active = run_.plan.active();
  const Weight& matrix = matrices[active[i]];
  const size_t wanted = row + cpu::rows_ahead(kernels_, matrix);
  if (wanted < matrix.rows) return cpu::panel_at(kernels_, matrix, wanted);
  if (i + 1 == active.size()) return {};
  return cpu::panel_at(kernels_, matrices[active[i + 1]], wanted - matrix.rows);
}

void CpuBackend::plan_experts(const ExpertWeights& weights,
                              const Routes& routes,
                              const Tensor& x) {
  const size_t ff = weights.gate.front().rows;
  cpu::Forms forms;
  forms.add(kernels_, weights.gate.front());
  forms.add(kernels_, weights.up.front());
  run_.inputs.set(kernels_, pool_, forms, x);
  run_.plan.sort(routes, x.rows, weights.gate.size());

  const std::span<const size_t> pairs = run_.plan.pairs();
  const size_t groups_each = ff / cpu::kGroupColumns;
  const auto grow = [](auto& room, size_t size) {
    if (room.size() < size) room.resize(size);
  };
  grow(run_.hidden, pairs.size() * ff);
  grow(run_.hidden_groups, pairs.size() * groups_each);
  grow(run_.outputs, x.rows * routes.top_k * x.columns);
  run_.groups.resize(pairs.size());
  run_.rows.resize(pairs.size());
  run_.hidden_groups_of.resize(pairs.size());
  run_.hidden_rows.resize(pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    const size_t token = pairs[i] / routes.top_k;
    run_.groups[i] = run_.inputs.groups(token);
    run_.rows[i] = run_.inputs.floats(token);
    run_.hidden_groups_of[i] = run_.hidden_groups.data() + i * groups_each;
    run_.hidden_rows[i] = run_.hidden.data() + i * ff;
  }
}

/// hidden = silu(gate x) * up x, for an active expert's tokens and kHiddenRows rows.
void CpuBackend::expand(const ExpertWeights& weights,
                        size_t active,
                        size_t first_row,
                        Worker& worker) {
  const uint32_t expert = run_.plan.active()[active];
  const Weight& gate = weights.gate[expert];
  const Weight& up = weights.up[expert];
  const size_t lanes = kernels_.lanes;
  const size_t last_row = std::min(first_row + kHiddenRows, gate.rows);
  const bool to_groups = cpu::takes_groups(kernels_, weights.down[expert].type);
  worker.sums.resize(kPairBlock * lanes);
  worker.more_sums.resize(kPairBlock * lanes);
  const size_t end = run_.plan.end(expert);
  for (size_t begin = run_.plan.begin(expert); begin < end; begin += kPairBlock) {
    const size_t count = std::min(kPairBlock, end - begin);
    const cpu::Inputs inputs{run_.groups.data() + begin, run_.rows.data() + begin, count};
    for (size_t row = first_row; row < last_row; row += lanes) {
      cpu::multiply_panel(kernels_, gate, row, expert_ahead(weights.gate, active, row), inputs,
                          worker.scratch, worker.sums.data());
      cpu::multiply_panel(kernels_, up, row, expert_ahead(weights.up, active, row), inputs,
                          worker.scratch, worker.more_sums.data());
      kernels_.swiglu(worker.sums.data(), worker.more_sums.data(), count * lanes,
                      worker.sums.data());
      for (size_t i = 0; i < count; ++i) {
        std::copy_n(worker.sums.data() + i * lanes, std::min(lanes, last_row - row),
                    run_.hidden.data() + (begin + i) * gate.rows + row);
      }
    }
    if (!to_groups) continue;
    for (size_t i = begin; i < begin + count; ++i) {
      const size_t groups_each = gate.rows / cpu::kGroupColumns;
      kernels_.quantize(
          run_.hidden_rows[i] + first_row, last_row - first_row,
          run_.hidden_groups.data() + i * groups_each + first_row / cpu::kGroupColumns);
    }
  }
}

/// outputs = down hidden, for an active expert's tokens and kOutRows rows.
void CpuBackend::contract(const ExpertWeights& weights,
                          size_t active,
                          size_t first_row,
                          Worker& worker) {
  const uint32_t expert = run_.plan.active()[active];
  const Weight& down = weights.down[expert];
  const size_t lanes = kernels_.lanes;
  const size_t last_row = std::min(first_row + kOutRows, down.rows);
  worker.sums.resize(kPairBlock * lanes);
  const size_t end = run_.plan.end(expert);
  for (size_t begin = run_.plan.begin(expert); begin < end; begin += kPairBlock) {
    const size_t count = std::min(kPairBlock, end - begin);
    const cpu::Inputs inputs{run_.hidden_groups_of.data() + begin,
                             run_.hidden_rows.data() + begin, count};
    for (size_t row = first_row; row < last_row; row += lanes) {
      cpu::multiply_panel(kernels_, down, row, expert_ahead(weights.down, active, row), inputs,
                          worker.scratch, worker.sums.data());
      for (size_t i = 0; i < count; ++i) {
        std::copy_n(worker.sums.data() + i * lanes, std::min(lanes, last_row - row),
                    run_.outputs.data() + run_.plan.pairs()[begin + i] * down.rows + row);
      }
    }
  }
}

/// In the order of choice, not of expert numbers: a token's sum must not depend on the batch.
void CpuBackend::combine(const Routes& routes, const Tensor& out) {
  const size_t dim = out.columns;
  const size_t top_k = routes.top_k;
  const Tensor shares = routes.weights.view(out.rows, top_k);
  pool_.run(out.rows, top_k * dim, [&](size_t first, size_t last, size_t) {
    for (size_t token = first; token < last; ++token) {
      float* to = out.row(token);
      const bool is_lost = routes.chosen.get()[token * top_k] == kNoExpert;
      std::fill_n(to, dim, is_lost ? std::numeric_limits<float>::quiet_NaN() : 0.0F);
      if (is_lost) continue;
      for (size_t place = 0; place < top_k; ++place) {
        const float* from = run_.outputs.data() + (token * top_k + place) * dim;
        kernels_.add_scaled(shares.row(token)[place], from, to, dim);
      }
    }
  });
}

}  // namespace suan::engine
