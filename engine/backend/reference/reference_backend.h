#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/backend/worker_pool.h"

namespace suan::engine {

/// Plain loops in float32: what every operation means, and the measure of other backends.
///
/// Weights stay in the model file's memory; stored types become float32 row by row.
class ReferenceBackend final : public Backend {
 public:
  explicit ReferenceBackend(uint32_t threads);

  [[nodiscard]] std::string name() const override { return "reference"; }

  [[nodiscard]] Buffer allocate(size_t floats) override;
  [[nodiscard]] Weight load(TensorType type,
                            size_t rows,
                            size_t columns,
                            const unsigned char* bytes) override;
  void write(std::span<const float> values, const Tensor& out) override;
  void read(const Tensor& x, std::span<float> values) override;

  void embed(const Weight& table, std::span<const int32_t> tokens, const Tensor& out) override;
  void rms_norm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) override;
  void matmul(const Weight& weight, const Tensor& x, const Tensor& out) override;
  void matmul_transposed(const Weight& weight, const Tensor& x, const Tensor& out) override;
  void copy(const Tensor& x, const Tensor& out) override;
  void add(const Tensor& x, const Tensor& y) override;
  void swiglu(const Tensor& gate, const Tensor& up, const Tensor& out) override;
  void rope(const RopeShape& shape, const Tensor& angles, const Tensor& x) override;
  void gather(const Tensor& x, std::span<const uint32_t> rows, const Tensor& out) override;
  void scatter(const Tensor& x, std::span<const uint32_t> rows, const Tensor& out) override;

  void attention(const AttentionShape& shape,
                 std::span<const SequenceRows> sequences,
                 const Tensor& q,
                 const Tensor& keys,
                 const Tensor& values,
                 const Tensor& out) override;

  [[nodiscard]] Routes allocate_routes(size_t tokens, size_t top_k) override;
  void choose_experts(const GateShape& shape,
                      const Tensor& logits,
                      const Tensor& bias,
                      Routes& routes) override;
  void experts(const ExpertWeights& weights,
               const Routes& routes,
               const Tensor& x,
               const Tensor& out) override;

 private:
  /// The (token, place) pairs of a batch sorted by expert, and room for their results.
  struct ExpertPlan {
    std::vector<size_t> first;     // of each expert's pairs; one more at the end
    std::vector<size_t> next;      // where an expert's next pair goes
    std::vector<size_t> pairs;     // token * top_k + place
    std::vector<uint32_t> active;  // experts that any token chose
    std::vector<float> hidden;     // [pairs, ff]
    std::vector<float> outputs;    // [pairs, dim], by pair number
  };

  void plan_experts(const Routes& routes, size_t tokens, size_t experts);
  void run_expert(const ExpertWeights& weights,
                  uint32_t expert,
                  const Tensor& x,
                  size_t top_k,
                  size_t worker);

  WorkerPool pool_;
  std::vector<std::vector<float>> scratch_;  // of each worker
  ExpertPlan plan_;
};

}  // namespace suan::engine
