#pragma once

#include "engine/backend/backend.h"

namespace suan::engine {

/// A backend whose tensors lie in this process's memory and whose weights stay in the model
/// file's: what only moves numbers is the same for all of them.
class HostBackend : public Backend {
 public:
  [[nodiscard]] Buffer allocate(size_t floats) override;
  [[nodiscard]] Weight load(TensorType type,
                            size_t rows,
                            size_t columns,
                            const unsigned char* bytes,
                            const unsigned char* scales = nullptr) override;
  void write(std::span<const float> values, const Tensor& out) override;
  void read(const Tensor& x, std::span<float> values) override;

  void embed(const Weight& table, std::span<const int32_t> tokens, const Tensor& out) override;
  void copy(const Tensor& x, const Tensor& out) override;
  void matmul_heads(std::span<const Weight> weights,
                    const Tensor& x,
                    size_t x_stride,
                    const Tensor& out,
                    size_t out_stride) override;
  void add_bias(const Tensor& x, const Tensor& bias) override;
  void gather(const Tensor& x, std::span<const uint32_t> rows, const Tensor& out) override;
  void scatter(const Tensor& x, std::span<const uint32_t> rows, const Tensor& out) override;

  [[nodiscard]] Routes allocate_routes(size_t tokens, size_t top_k) override;
  void choose_experts(const GateShape& shape,
                      const Tensor& logits,
                      const Tensor& bias,
                      Routes& routes) override;
};

}  // namespace suan::engine
