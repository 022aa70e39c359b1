#include "engine/backend/reference/reference_backend.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/backend/reference/dot.h"
#include "engine/weights/dequantize.h"

namespace suan::engine {

ReferenceBackend::ReferenceBackend(uint32_t threads) : pool_(threads), scratch_(threads) {}

Buffer ReferenceBackend::allocate(size_t floats) {
  // calloc leaves large memory untouched: a cache for a long context costs what is used of it.
  auto* memory = static_cast<float*>(std::calloc(std::max<size_t>(floats, 1), sizeof(float)));
  if (memory == nullptr) throw std::bad_alloc();
  return {std::shared_ptr<float>(memory, [](float* floats_of) { std::free(floats_of); }),
          floats};
}

Weight ReferenceBackend::load(TensorType type,
                              size_t rows,
                              size_t columns,
                              const unsigned char* bytes) {
  const Block block = block_of(type);
  assert(columns % block.elements == 0);
  return {type, rows, columns, columns / block.elements * block.bytes, bytes};
}

void ReferenceBackend::write(std::span<const float> values, const Tensor& out) {
  assert(values.size() == out.rows * out.columns);
  for (size_t i = 0; i < out.rows; ++i) {
    std::memcpy(out.row(i), values.data() + i * out.columns, out.columns * sizeof(float));
  }
}

void ReferenceBackend::read(const Tensor& x, std::span<float> values) {
  assert(values.size() == x.rows * x.columns);
  for (size_t i = 0; i < x.rows; ++i) {
    std::memcpy(values.data() + i * x.columns, x.row(i), x.columns * sizeof(float));
  }
}

void ReferenceBackend::embed(const Weight& table,
                             std::span<const int32_t> tokens,
                             const Tensor& out) {
  assert(out.rows == tokens.size());
  assert(out.columns == table.columns);
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto token = static_cast<size_t>(tokens[i]);
    assert(token < table.rows);
    dequantize(table.type, table.data + token * table.row_bytes, {out.row(i), table.columns});
  }
}

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

void ReferenceBackend::copy(const Tensor& x, const Tensor& out) {
  assert(x.rows == out.rows);
  assert(x.columns == out.columns);
  for (size_t i = 0; i < x.rows; ++i) {
    std::memcpy(out.row(i), x.row(i), x.columns * sizeof(float));
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

void ReferenceBackend::gather(const Tensor& x,
                              std::span<const uint32_t> rows,
                              const Tensor& out) {
  assert(out.rows == rows.size());
  assert(out.columns == x.columns);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(out.row(i), x.row(rows[i]), x.columns * sizeof(float));
  }
}

void ReferenceBackend::scatter(const Tensor& x,
                               std::span<const uint32_t> rows,
                               const Tensor& out) {
  assert(x.rows == rows.size());
  assert(out.columns == x.columns);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::memcpy(out.row(rows[i]), x.row(i), x.columns * sizeof(float));
  }
}

}  // namespace suan::engine
