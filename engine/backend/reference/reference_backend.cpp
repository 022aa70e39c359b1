#include "engine/backend/reference/reference_backend.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "engine/backend/reference/dot.h"

namespace suan::engine {

ReferenceBackend::ReferenceBackend(uint32_t threads) : pool_(threads), scratch_(threads) {}

void ReferenceBackend::rms_norm(const Tensor& x,
                                const Tensor& weight,
                                float eps,
                                const Tensor& out) {
  assert(x.rows == out.rows);
  assert(x.columns == out.columns);
  assert(x.columns == weight.columns);
  const float* scale = weight.row(0);
  const size_t n = x.columns;
  for (size_t i = 0; i < x.rows; ++i) {
    const float* in = x.row(i);
    float* to = out.row(i);
    const float mean_square = reference::dot(in, in, n) / static_cast<float>(n);
    const float factor = 1.0F / std::sqrt(mean_square + eps);
    for (size_t c = 0; c < n; ++c)
      to[c] = in[c] * factor * scale[c];
  }
}

void ReferenceBackend::add(const Tensor& x, const Tensor& y) {
  assert(x.rows == y.rows);
  assert(x.columns == y.columns);
  for (size_t i = 0; i < x.rows; ++i) {
    float* to = x.row(i);
    const float* from = y.row(i);
    for (size_t c = 0; c < x.columns; ++c)
      to[c] += from[c];
  }
}

void ReferenceBackend::swiglu(const Tensor& gate, const Tensor& up, const Tensor& out) {
  assert(gate.rows == up.rows);
  assert(gate.columns == up.columns);
  // A sigmoid costs about twenty multiply-adds.
  pool_.run(gate.rows, gate.columns * 20, [&](size_t first, size_t last, size_t) {
    for (size_t i = first; i < last; ++i) {
      const float* g = gate.row(i);
      const float* u = up.row(i);
      float* to = out.row(i);
      for (size_t c = 0; c < gate.columns; ++c)
        to[c] = g[c] / (1.0F + std::exp(-g[c])) * u[c];
    }
  });
}

void ReferenceBackend::rope(const RopeShape& shape, const Tensor& angles, const Tensor& x) {
  assert(angles.rows == x.rows);
  assert(angles.columns == shape.dim);
  const size_t pairs = shape.dim / 2;
  const size_t step = shape.is_adjacent ? 2 : 1;
  const size_t apart = shape.is_adjacent ? 1 : pairs;
  for (size_t i = 0; i < x.rows; ++i) {
    const float* angle = angles.row(i);
    for (size_t head = 0; head < shape.heads; ++head) {
      float* values = x.row(i) + head * shape.head_stride;
      for (size_t pair = 0; pair < pairs; ++pair) {
        float& a = values[pair * step];
        float& b = values[pair * step + apart];
        const float cosine = angle[2 * pair];
        const float sine = angle[2 * pair + 1];
        const float turned = a * cosine - b * sine;
        b = a * sine + b * cosine;
        a = turned;
      }
    }
  }
}

}  // namespace suan::engine
