#include "engine/backend/host_backend.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/backend/reference/reference_gate.h"
#include "engine/backend/reference/weight_rows.h"

namespace suan::engine {

Buffer HostBackend::allocate(size_t floats) {
  // calloc leaves large memory untouched: a cache for a long context costs what is used of it.
  auto* memory = static_cast<float*>(std::calloc(std::max<size_t>(floats, 1), sizeof(float)));
  if (memory == nullptr) throw std::bad_alloc();
  return {std::shared_ptr<float>(memory, [](float* floats_of) { std::free(floats_of); }),
          floats};
}

Weight HostBackend::load(TensorType type,
                         size_t rows,
                         size_t columns,
                         const unsigned char* bytes,
                         const unsigned char* scales) {
  const Block block = block_of(type);
  assert(columns % block.elements == 0);
  return {type, rows, columns, columns / block.elements * block.bytes, bytes, scales, 0};
}

void HostBackend::write(std::span<const float> values, const Tensor& out) {
  assert(values.size() == out.rows * out.columns);
  for (size_t i = 0; i < out.rows; ++i) {
    std::memcpy(out.row(i), values.data() + i * out.columns, out.columns * sizeof(float));
  }
}

void HostBackend::read(const Tensor& x, std::span<float> values) {
  assert(values.size() == x.rows * x.columns);
  for (size_t i = 0; i < x.rows; ++i) {
    std::memcpy(values.data() + i * x.columns, x.row(i), x.columns * sizeof(float));
  }
}

void HostBackend::embed(const Weight& table,
                        std::span<const int32_t> tokens,
                        const Tensor& out) {
  assert(out.rows == tokens.size());
  assert(out.columns == table.columns);
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto token = static_cast<size_t>(tokens[i]);
    assert(token < table.rows);
    reference::read_row(table, token, {out.row(i), table.columns});
  }
}

void HostBackend::matmul_heads(std::span<const Weight> weights,
                               const Tensor& x,
                               size_t x_stride,
                               const Tensor& out,
                               size_t out_stride) {
  for (size_t head = 0; head < weights.size(); ++head) {
    matmul(weights[head], x.slice_columns(head * x_stride, weights[head].columns),
           out.slice_columns(head * out_stride, weights[head].rows));
  }
}

void HostBackend::copy(const Tensor& x, const Tensor& out) {
  assert(x.rows == out.rows);
  assert(x.columns == out.columns);
  for (size_t i = 0; i < x.rows; ++i) {
    std::memcpy(out.row(i), x.row(i), x.columns * sizeof(float));
  }
}

void HostBackend::add_bias(const Tensor& x, const Tensor& bias) {
  assert(x.columns == bias.columns);
  const float* from = bias.row(0);
  for (size_t i = 0; i < x.rows; ++i) {
    float* to = x.row(i);
    for (size_t c = 0; c < x.columns; ++c)
      to[c] += from[c];
  }
}

void HostBackend::gather(const Tensor& x, std::span<const uint32_t> rows, const Tensor& out) {
  assert(out.rows == rows.size());
  assert(out.columns == x.columns);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(out.row(i), x.row(rows[i]), x.columns * sizeof(float));
  }
}

void HostBackend::scatter(const Tensor& x, std::span<const uint32_t> rows, const Tensor& out) {
  assert(x.rows == rows.size());
  assert(out.columns == x.columns);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(out.row(rows[i]), x.row(i), x.columns * sizeof(float));
  }
}

Routes HostBackend::allocate_routes(size_t tokens, size_t top_k) {
  Routes routes;
  routes.chosen =
      std::shared_ptr<int32_t>(new int32_t[tokens * top_k], std::default_delete<int32_t[]>());
  routes.weights = allocate(tokens * top_k);
  routes.tokens = tokens;
  routes.top_k = top_k;
  return routes;
}

void HostBackend::choose_experts(const GateShape& shape,
                                 const Tensor& logits,
                                 const Tensor& bias,
                                 Routes& routes) {
  assert(routes.top_k == shape.top_k);
  assert(logits.rows <= routes.tokens);
  assert(logits.columns == shape.experts);
  const Tensor weights = routes.weights.view(logits.rows, shape.top_k);
  const std::span<const float> bias_row(bias.rows == 0 ? nullptr : bias.row(0),
                                        bias.rows == 0 ? 0 : bias.columns);
  for (size_t i = 0; i < logits.rows; ++i) {
    const std::span<float> scores(logits.row(i), shape.experts);
    reference::score_experts(shape.score, scores);
    reference::choose_experts(shape, scores, bias_row,
                              {routes.chosen.get() + i * shape.top_k, shape.top_k},
                              {weights.row(i), shape.top_k});
  }
}

}  // namespace suan::engine
