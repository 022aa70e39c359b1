#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "engine/backend/reference/dot.h"
#include "engine/backend/reference/reference_backend.h"
#include "engine/backend/reference/weight_rows.h"

namespace suan::engine {

using reference::WeightRows;

void ReferenceBackend::experts(const ExpertWeights& weights,
                               const Routes& routes,
                               const Tensor& x,
                               const Tensor& out) {
  assert(x.rows == out.rows);
  assert(x.columns == out.columns);
  assert(x.rows <= routes.tokens);
  const size_t dim = x.columns;
  const size_t top_k = routes.top_k;
  const size_t ff = weights.gate.front().rows;

  plan_.sort(routes, x.rows, weights.gate.size());
  const size_t pairs = x.rows * top_k;
  if (hidden_.size() < pairs * ff) hidden_.resize(pairs * ff);
  if (outputs_.size() < pairs * dim) outputs_.resize(pairs * dim);

  const size_t active = plan_.active().size();
  const size_t tokens_each = pairs / std::max<size_t>(active, 1);
  pool_.run(active, 3 * ff * dim * tokens_each, [&](size_t first, size_t last, size_t worker) {
    for (size_t i = first; i < last; ++i)
      run_expert(weights, plan_.active()[i], x, top_k, worker);
  });

  // In the order of choice, not of expert numbers: a token's sum must not depend on the batch.
  const Tensor shares = routes.weights.view(x.rows, top_k);
  for (size_t token = 0; token < x.rows; ++token) {
    float* to = out.row(token);
    if (routes.chosen.get()[token * top_k] == kNoExpert) {
      std::fill_n(to, dim, std::numeric_limits<float>::quiet_NaN());
      continue;
    }
    std::fill_n(to, dim, 0.0F);
    for (size_t place = 0; place < top_k; ++place) {
      const float* from = outputs_.data() + (token * top_k + place) * dim;
      reference::add_scaled(shares.row(token)[place], from, to, dim);
    }
  }
}

void ReferenceBackend::run_expert(const ExpertWeights& weights,
                                  uint32_t expert,
                                  const Tensor& x,
                                  size_t top_k,
                                  size_t worker) {
  const size_t dim = x.columns;
  const size_t ff = weights.gate[expert].rows;
  const size_t begin = plan_.begin(expert);
  const size_t end = plan_.end(expert);
  std::vector<float>& scratch = scratch_[worker];

  const WeightRows gate(weights.gate[expert], scratch);
  const WeightRows up(weights.up[expert], scratch);
  for (size_t row = 0; row < ff; ++row) {
    const float* gate_row = gate.row(row, 0);
    const float* up_row = up.row(row, 1);
    for (size_t i = begin; i < end; ++i) {
      const float* in = x.row(plan_.pairs()[i] / top_k);
      const float g = reference::dot(gate_row, in, dim);
      const float u = reference::dot(up_row, in, dim);
      hidden_[i * ff + row] = g / (1.0F + std::exp(-g)) * u;
    }
  }

  const WeightRows down(weights.down[expert], scratch);
  for (size_t row = 0; row < dim; ++row) {
    const float* down_row = down.row(row, 0);
    for (size_t i = begin; i < end; ++i) {
      const float* hidden = hidden_.data() + i * ff;
      outputs_[plan_.pairs()[i] * dim + row] = reference::dot(down_row, hidden, ff);
    }
  }
}

}  // namespace suan::engine
