#include "engine/backend/cpu/cpu_backend.h"

#include <algorithm>
#include <cassert>

#include "engine/backend/cpu/instruction_sets.h"

namespace suan::engine {
namespace {

/// Tokens that share an unpacked panel: enough to make unpacking cheap, few enough for their
/// sums to stay in the nearest cache.
constexpr size_t kTokenBlock = 128;

size_t blocks_of(size_t count, size_t size) {
  return (count + size - 1) / size;
}

/// out[token][first + lane] = sums[token][lane]
void store_sums(const float* sums,
                size_t lanes,
                size_t first,
                const Tensor& out,
                size_t first_token,
                size_t tokens) {
  const size_t count = std::min(lanes, out.columns - first);
  for (size_t t = 0; t < tokens; ++t)
    std::copy_n(sums + t * lanes, count, out.row(first_token + t) + first);
}

/// The same for `count` columns, whose sums lie one panel of lanes after the other.
void store_panels(const float* sums,
                  size_t lanes,
                  size_t first,
                  size_t count,
                  const Tensor& out,
                  size_t first_token,
                  size_t tokens) {
  for (size_t panel = 0; panel * lanes < count; ++panel) {
    store_sums(sums + panel * tokens * lanes, lanes, first + panel * lanes, out, first_token,
               tokens);
  }
}

}  // namespace

CpuBackend::CpuBackend(uint32_t threads, const std::string& isa)
    : kernels_(cpu::kernels_for(isa)), pool_(threads), workers_(threads) {}

void CpuBackend::matmul(const Weight& weight, const Tensor& x, const Tensor& out) {
  assert(out.columns == weight.rows);
  matmul_heads({&weight, 1}, x, 0, out, 0);
}

void CpuBackend::matmul_heads(std::span<const Weight> weights,
                              const Tensor& x,
                              size_t x_stride,
                              const Tensor& out,
                              size_t out_stride) {
  const Weight& shape = weights.front();
  const size_t heads = weights.size();
  assert(x.columns >= (heads - 1) * x_stride + shape.columns);
  assert(out.columns >= (heads - 1) * out_stride + shape.rows);
  assert(out.rows == x.rows);
  cpu::Forms forms;
  forms.add(kernels_, shape);
  inputs_.set_heads(kernels_, pool_, forms, x, heads, x_stride, shape.columns);

  const size_t lanes = kernels_.lanes;
  const size_t distance = cpu::rows_ahead(kernels_, shape);
  const size_t token_blocks = blocks_of(x.rows, kTokenBlock);
  const size_t panels = blocks_of(shape.rows, lanes);
  const size_t cost = lanes * shape.columns * std::min(x.rows, kTokenBlock);
  const auto multiply = [&](size_t head, size_t row, size_t token, Worker& mine) {
    const size_t tokens = std::min(kTokenBlock, x.rows - token);
    const size_t wanted = row + distance;
    const cpu::Ahead ahead =
        wanted < shape.rows || head + 1 == heads
            ? cpu::panel_at(kernels_, weights[head], wanted)
            : cpu::panel_at(kernels_, weights[head + 1], wanted - shape.rows);
    cpu::multiply_panel(kernels_, weights[head], row, ahead,
                        inputs_.slice(head * x.rows + token, tokens), mine.scratch,
                        mine.sums.data());
    store_sums(mine.sums.data(), lanes, row, out.slice_columns(head * out_stride, shape.rows),
               token, tokens);
  };
  pool_.run(heads * panels * token_blocks, cost, [&](size_t first, size_t last, size_t worker) {
    workers_[worker].sums.resize(kTokenBlock * lanes);
    for (size_t item = first; item < last; ++item) {
      const size_t panel = item / token_blocks;
      multiply(panel / panels, panel % panels * lanes, item % token_blocks * kTokenBlock,
               workers_[worker]);
    }
  });
}

void CpuBackend::matmul_transposed(const Weight& weight, const Tensor& x, const Tensor& out) {
  assert(x.columns == weight.rows);
  assert(out.columns == weight.columns);
  assert(out.rows == x.rows);
  inputs_.set(kernels_, pool_, {.floats = true}, x);

  const size_t lanes = kernels_.lanes;
  const size_t width = std::max<size_t>(block_of(weight.type).elements, lanes);
  const size_t items = blocks_of(weight.columns, width);
  pool_.run(items, width * weight.rows * x.rows, [&](size_t first, size_t last, size_t worker) {
    Worker& mine = workers_[worker];
    mine.sums.resize(width * kTokenBlock);
    for (size_t item = first; item < last; ++item) {
      const size_t count = std::min(width, weight.columns - item * width);
      for (size_t token = 0; token < x.rows; token += kTokenBlock) {
        const size_t tokens = std::min(kTokenBlock, x.rows - token);
        cpu::multiply_columns(kernels_, weight, item * width, count,
                              inputs_.slice(token, tokens), mine.scratch, mine.sums.data());
        store_panels(mine.sums.data(), lanes, item * width, count, out, token, tokens);
      }
    }
  });
}

void CpuBackend::rms_norm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) {
  assert(x.rows == out.rows);
  assert(x.columns == out.columns);
  assert(x.columns == weight.columns);
  pool_.run(x.rows, x.columns, [&](size_t first, size_t last, size_t) {
    for (size_t i = first; i < last; ++i)
      kernels_.rms_norm(x.row(i), weight.row(0), x.columns, eps, out.row(i));
  });
}

void CpuBackend::add(const Tensor& x, const Tensor& y) {
  assert(x.rows == y.rows);
  assert(x.columns == y.columns);
  pool_.run(x.rows, x.columns / 2, [&](size_t first, size_t last, size_t) {
    for (size_t i = first; i < last; ++i)
      kernels_.add(x.row(i), y.row(i), x.columns);
  });
}

void CpuBackend::swiglu(const Tensor& gate, const Tensor& up, const Tensor& out) {
  assert(gate.rows == up.rows);
  assert(gate.columns == up.columns);
  pool_.run(gate.rows, gate.columns * 8, [&](size_t first, size_t last, size_t) {
    for (size_t i = first; i < last; ++i)
      kernels_.swiglu(gate.row(i), up.row(i), gate.columns, out.row(i));
  });
}

void CpuBackend::rope(const RopeShape& shape, const Tensor& angles, const Tensor& x) {
  assert(angles.rows == x.rows);
  assert(angles.columns == shape.dim);
  const size_t pairs = shape.dim / 2;
  const size_t step = shape.is_adjacent ? 2 : 1;
  const size_t apart = shape.is_adjacent ? 1 : pairs;
  const auto turn = [&](const float* angle, float* values) {
    for (size_t pair = 0; pair < pairs; ++pair) {
      float& a = values[pair * step];
      float& b = values[pair * step + apart];
      const float cosine = angle[2 * pair];
      const float sine = angle[2 * pair + 1];
      const float turned = a * cosine - b * sine;
      b = a * sine + b * cosine;
      a = turned;
    }
  };
  pool_.run(x.rows, shape.heads * shape.dim * 4, [&](size_t first, size_t last, size_t) {
    for (size_t i = first; i < last; ++i) {
      for (size_t head = 0; head < shape.heads; ++head)
        turn(angles.row(i), x.row(i) + head * shape.head_stride);
    }
  });
}

}  // namespace suan::engine
