#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/backend/tensor.h"

namespace suan::engine {

/// How each token's experts are chosen.
struct GateShape {
  uint32_t experts = 0;
  uint32_t top_k = 0;
  uint32_t groups = 1;       // runs of consecutive experts
  uint32_t groups_kept = 1;  // only experts of these may be chosen
  RouterScore score = RouterScore::Sigmoid;
  bool normalises = true;  // chosen weights are divided by their sum
  float scale = 1;
};

/// In the place of an expert of a token whose router scores are not numbers.
constexpr int32_t kNoExpert = -1;

/// The experts of each token and their weights, in the backend's memory.
///
/// Shapes:   chosen   [tokens, top_k]  expert numbers, best first
///           weights  [tokens, top_k]
struct Routes {
  std::shared_ptr<int32_t> chosen;
  Buffer weights;
  size_t tokens = 0;  // room
  size_t top_k = 0;
};

/// The routed experts of one layer: SwiGLU networks of equal shape.
struct ExpertWeights {
  std::vector<Weight> gate;  // [ff, dim] each
  std::vector<Weight> up;    // [ff, dim]
  std::vector<Weight> down;  // [dim, ff]
};

/// Where RoPE finds the parts of a row that it turns.
struct RopeShape {
  size_t heads = 0;
  size_t head_stride = 0;   // columns from one head to the next
  size_t dim = 0;           // of each head's first columns, how many are turned
  bool is_adjacent = true;  // pairs (0,1), (2,3)..; else (0, dim/2), (1, dim/2 + 1)..
};

/// The rows of one sequence in a batch, and where its past lies in the cache.
struct SequenceRows {
  size_t first = 0;     // its first row in the batch
  size_t count = 0;     // rows in the batch
  size_t position = 0;  // of the first row in the sequence
  std::span<const uint32_t>
      pages;  // of the cache, in order; position p is in pages[p / page_tokens]
};

/// Attention of `heads` query heads over `kv_heads` key and value heads.
struct AttentionShape {
  size_t heads = 0;
  size_t kv_heads = 0;  // divides heads
  size_t key_dim = 0;
  size_t value_dim = 0;
  size_t page_tokens = 0;
  float scale = 0;
};

/// Operations on whole tensors: all that a model's computation needs of a machine.
///
/// Every operation treats the rows of a batch alike and apart, and adds up in an order that
/// does not depend on how many rows there are: a batch equals its sequences run singly, bit for
/// bit. `engine/backend/reference` is the specification of each operation.
/// Requires: tensors are the backend's own; shapes agree (asserted); outputs do not overlap
///           inputs unless an operation says so.
/// Threads:  one owner; a backend may use threads of its own underneath.
class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual std::string name() const = 0;

  /// Zeroed memory. Throws std::bad_alloc.
  [[nodiscard]] virtual Buffer allocate(size_t floats) = 0;

  /// Takes in a stored matrix; FP8 comes with its `scales`, as `Weight` describes them.
  /// Requires: `bytes` and `scales` outlive the backend.
  [[nodiscard]] virtual Weight load(TensorType type,
                                    size_t rows,
                                    size_t columns,
                                    const unsigned char* bytes,
                                    const unsigned char* scales = nullptr) = 0;

  /// Copies floats in, row after row.
  virtual void write(std::span<const float> values, const Tensor& out) = 0;

  /// Copies floats out, row after row.
  virtual void read(const Tensor& x, std::span<float> values) = 0;

  /// out[i] = table[tokens[i]]
  virtual void embed(const Weight& table,
                     std::span<const int32_t> tokens,
                     const Tensor& out) = 0;

  /// out = x / sqrt(mean(x^2) + eps) * weight; `out` may be `x`. weight: [1, columns]
  virtual void rms_norm(const Tensor& x,
                        const Tensor& weight,
                        float eps,
                        const Tensor& out) = 0;

  /// out = x weight^T. Shapes: x [n, columns], weight [rows, columns], out [n, rows]
  virtual void matmul(const Weight& weight, const Tensor& x, const Tensor& out) = 0;

  /// Of each head h, with columns [stride * h, ...) of x and out: out = x weights[h]^T.
  /// Requires: weights of equal type and shape
  virtual void matmul_heads(std::span<const Weight> weights,
                            const Tensor& x,
                            size_t x_stride,
                            const Tensor& out,
                            size_t out_stride) = 0;

  /// out = x weight. Shapes: x [n, rows], weight [rows, columns], out [n, columns]
  virtual void matmul_transposed(const Weight& weight, const Tensor& x, const Tensor& out) = 0;

  /// out = x
  virtual void copy(const Tensor& x, const Tensor& out) = 0;

  /// x += y
  virtual void add(const Tensor& x, const Tensor& y) = 0;

  /// x[i] += bias, for each row. bias: [1, columns]
  virtual void add_bias(const Tensor& x, const Tensor& bias) = 0;

  /// out = silu(gate) * up; `out` may be `gate`.
  virtual void swiglu(const Tensor& gate, const Tensor& up, const Tensor& out) = 0;

  /// Turns pairs of x in place. Shapes: angles [n, dim], cosine and sine of each pair in turn
  virtual void rope(const RopeShape& shape, const Tensor& angles, const Tensor& x) = 0;

  /// out[i] = x[rows[i]]
  virtual void gather(const Tensor& x, std::span<const uint32_t> rows, const Tensor& out) = 0;

  /// out[rows[i]] = x[i]
  virtual void scatter(const Tensor& x, std::span<const uint32_t> rows, const Tensor& out) = 0;

  /// Causal attention of each sequence's rows over its own positions in the cache.
  ///
  /// Shapes: q [n, heads * key_dim], keys [cache rows, kv_heads * key_dim],
  ///         values [cache rows, kv_heads * value_dim], out [n, heads * value_dim].
  ///         `values` may be a part of `keys` (MLA, absorbed).
  virtual void attention(const AttentionShape& shape,
                         std::span<const SequenceRows> sequences,
                         const Tensor& q,
                         const Tensor& keys,
                         const Tensor& values,
                         const Tensor& out) = 0;

  /// Room for the routes of up to `tokens` tokens.
  [[nodiscard]] virtual Routes allocate_routes(size_t tokens, size_t top_k) = 0;

  /// Scores the router's logits [n, experts] in place and chooses each token's experts.
  /// bias: [1, experts], or without rows when the model has none.
  virtual void choose_experts(const GateShape& shape,
                              const Tensor& logits,
                              const Tensor& bias,
                              Routes& routes) = 0;

  /// out = sum over chosen experts, best first, of weight * down(silu(gate x) * up x).
  /// A token with kNoExpert becomes NaN. Shapes: x and out [n, dim]
  virtual void experts(const ExpertWeights& weights,
                       const Routes& routes,
                       const Tensor& x,
                       const Tensor& out) = 0;
};

}  // namespace suan::engine
