#pragma once

#include <cstddef>
#include <cstdint>

// What one instruction set offers. This header and those it includes are compiled once for each
// instruction set, so it holds no functions and includes nothing that does.
namespace suan::engine::cpu {

/// Rows of a weight that are computed side by side, at the most.
constexpr size_t kLanesMax = 16;

/// Columns of those rows that are unpacked at once: a superblock of the K types, and small
/// enough to stay in the nearest cache.
constexpr size_t kTileColumns = 256;

/// Activations that share a scale when they are rounded to int8.
constexpr size_t kGroupColumns = 32;

/// 32 activations, x ~ scale * values. The scale is NaN when one of them is not finite.
struct Group {
  float scale;
  float scaled_sum;    // scale * sum of values
  int32_t bias;        // -128 * sum of values
  int32_t bias_first;  // likewise, of the first 16
  int8_t values[kGroupColumns];
};

/// `lanes` rows of a stored weight.
struct Rows {
  const unsigned char* first;
  size_t stride;               // bytes from one row to the next
  const unsigned char* ahead;  // what will be read some time later; null: nothing
  size_t ahead_bytes;          // of it, to be fetched while one tile is unpacked
};

/// A tile of a quantised weight: w = scale * (value - zero) + least, the zero given by the type.
///
/// Shapes:   values  [columns / 4, lanes, 4]: four columns of a row side by side
///           scales  [columns / run, lanes], runs of 32 or 16 columns
///           leasts  [columns / run, lanes], only for types that have them
struct IntTile {
  alignas(64) uint8_t values[kTileColumns * kLanesMax];
  alignas(64) float scales[kTileColumns / 16 * kLanesMax];
  alignas(64) float leasts[kTileColumns / 32 * kLanesMax];
};

/// A tile of a weight in float32. Shapes: values [columns, lanes]
struct FloatTile {
  alignas(64) float values[kTileColumns * kLanesMax];
};

/// Unpacks columns `first` to `first + columns` of some rows.
/// Requires: whole blocks; columns <= kTileColumns
using UnpackInts = void (*)(const Rows& rows, size_t first, size_t columns, IntTile& tile);
using UnpackFloats = void (*)(const Rows& rows, size_t first, size_t columns, FloatTile& tile);

/// sums[token][lane] += tile * x[token], added up in the order of columns whatever the number of
/// tokens. `x` points at each token's groups, `first_group` is the tile's.
using MultiplyInts = void (*)(const IntTile& tile,
                              size_t columns,
                              const Group* const* x,
                              size_t first_group,
                              size_t tokens,
                              float* sums);

/// Likewise; `values` are [columns, stride], of which `lanes` are used.
using MultiplyFloats = void (*)(const float* values,
                                size_t stride,
                                size_t columns,
                                const float* const* x,
                                size_t first,
                                size_t tokens,
                                float* sums);

/// For one token, unpack and multiply at once; the same bits. `x` are its groups.
using MultiplyOne =
    void (*)(const Rows& rows, size_t first, size_t columns, const Group* x, float* sums);

/// How a quantised type is multiplied.
struct IntFormat {
  UnpackInts unpack;
  MultiplyInts multiply;
  MultiplyOne multiply_one;
};

/// One query's attention so far, over some positions.
///
/// out = sum of exp(score - highest) * value, sum = that of exp(score - highest)
struct Attended {
  float highest;  // -infinity before the first
  float sum;
  float* out;  // [value_dim]
};

/// Keys and values of up to 64 positions that follow one another in memory.
struct KeyBlock {
  const float* keys;
  const float* values;
  size_t key_stride;
  size_t value_stride;
  size_t key_dim;
  size_t value_dim;
  float scale;
};

constexpr size_t kBlockPositions = 64;
constexpr size_t kQueriesMax = 16;

/// Adds a block to what `count` queries have attended; query i sees `visible[i]` positions, never
/// fewer than the one before it.
using Attend = void (*)(const KeyBlock& block,
                        const float* const* queries,
                        const size_t* visible,
                        size_t count,
                        Attended* attended);

struct KernelTable {
  const char* name;
  size_t lanes;

  IntFormat q8_0;
  IntFormat q4_0;
  IntFormat q4_1;
  IntFormat q5_0;
  IntFormat q5_1;
  IntFormat q4_k;
  IntFormat q5_k;
  IntFormat q6_k;
  UnpackFloats f32;
  UnpackFloats f16;
  UnpackFloats bf16;
  MultiplyFloats multiply_floats;

  /// Rounds n activations to groups. Requires: n % kGroupColumns == 0
  void (*quantize)(const float* x, size_t n, Group* out);

  Attend attend;
  /// total += part, each over positions of its own
  void (*merge)(const Attended& part, size_t value_dim, Attended& total);
  /// x *= factor
  void (*scale)(float* x, size_t n, float factor);

  /// out = x / sqrt(mean(x^2) + eps) * weight; `out` may be `x`.
  void (*rms_norm)(const float* x, const float* weight, size_t n, float eps, float* out);
  /// out = silu(gate) * up; `out` may be `gate`.
  void (*swiglu)(const float* gate, const float* up, size_t n, float* out);
  /// x += y
  void (*add)(float* x, const float* y, size_t n);
  /// y += a * x
  void (*add_scaled)(float a, const float* x, float* y, size_t n);
};

[[nodiscard]] const KernelTable& scalar_kernels();
#if defined(__x86_64__)
[[nodiscard]] const KernelTable& avx2_kernels();
[[nodiscard]] const KernelTable& avx512_kernels();
#endif

}  // namespace suan::engine::cpu
