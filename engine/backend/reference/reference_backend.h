#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/backend/expert_plan.h"
#include "engine/backend/host_backend.h"
#include "engine/backend/worker_pool.h"

namespace suan::engine {

/// Plain loops in float32: what every operation means, and the measure of other backends.
///
/// Stored types become float32 row by row.
class ReferenceBackend final : public HostBackend {
 public:
  explicit ReferenceBackend(uint32_t threads);

  [[nodiscard]] std::string name() const override { return "reference"; }

  void rms_norm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) override;
  void matmul(const Weight& weight, const Tensor& x, const Tensor& out) override;
  void matmul_transposed(const Weight& weight, const Tensor& x, const Tensor& out) override;
  void add(const Tensor& x, const Tensor& y) override;
  void swiglu(const Tensor& gate, const Tensor& up, const Tensor& out) override;
  void rope(const RopeShape& shape, const Tensor& angles, const Tensor& x) override;

  void attention(const AttentionShape& shape,
                 std::span<const SequenceRows> sequences,
                 const Tensor& q,
                 const Tensor& keys,
                 const Tensor& values,
                 const Tensor& out) override;

  void experts(const ExpertWeights& weights,
               const Routes& routes,
               const Tensor& x,
               const Tensor& out) override;

 private:
  void run_expert(const ExpertWeights& weights,
                  uint32_t expert,
                  const Tensor& x,
                  size_t top_k,
                  size_t worker);

  WorkerPool pool_;
  std::vector<std::vector<float>> scratch_;  // of each worker
  ExpertPlan plan_;
  std::vector<float> hidden_;   // [pairs, ff], in the plan's order
  std::vector<float> outputs_;  // [pairs, dim], by pair number
};

}  // namespace suan::engine
