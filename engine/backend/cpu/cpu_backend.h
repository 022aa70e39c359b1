#pragma once

#include <string>
#include <vector>

#include "engine/backend/cpu/input_rows.h"
#include "engine/backend/cpu/panel.h"
#include "engine/backend/expert_plan.h"
#include "engine/backend/host_backend.h"
#include "engine/backend/worker_pool.h"

namespace suan::engine {
namespace cpu {

struct AttentionOperands;
struct QueryGroup;

}  // namespace cpu

/// The processor's vector units, whichever this machine has.
///
/// Weights stay where they are and are unpacked tile by tile, each tile for all tokens that need
/// it. Quantised ones meet activations rounded to int8 in groups of 32, whose error is at most
/// 1/254 of the group's largest; everything else is float32.
class CpuBackend final : public HostBackend {
 public:
  /// `isa` as in `cpu::kernels_for`. Throws ModelError when this machine has not got it.
  CpuBackend(uint32_t threads, const std::string& isa);

  [[nodiscard]] std::string name() const override { return "cpu"; }

  [[nodiscard]] std::string isa() const { return kernels_.name; }

  void rms_norm(const Tensor& x, const Tensor& weight, float eps, const Tensor& out) override;
  void matmul(const Weight& weight, const Tensor& x, const Tensor& out) override;
  void matmul_heads(std::span<const Weight> weights,
                    const Tensor& x,
                    size_t x_stride,
                    const Tensor& out,
                    size_t out_stride) override;
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
  /// What one thread works with.
  struct Worker {
    cpu::Scratch scratch;
    std::vector<float> sums;
    std::vector<float> more_sums;
    std::vector<float> attended;
  };

  /// The experts of one batch between their two halves, in the order of the plan.
  struct ExpertRun {
    ExpertPlan plan;
    cpu::InputRows inputs;  // by token
    std::vector<const cpu::Group*> groups;
    std::vector<const float*> rows;
    std::vector<float> hidden;  // [pairs, ff]
    std::vector<cpu::Group> hidden_groups;
    std::vector<const cpu::Group*> hidden_groups_of;
    std::vector<const float*> hidden_rows;
    std::vector<float> outputs;  // [pairs, dim], by pair number
  };

  void attend_groups(const cpu::AttentionOperands& all,
                     std::span<const cpu::QueryGroup> groups);
  void attend_chunks(const cpu::AttentionOperands& all,
                     std::span<const cpu::QueryGroup> groups);

  void plan_experts(const ExpertWeights& weights, const Routes& routes, const Tensor& x);
  [[nodiscard]] cpu::Ahead expert_ahead(const std::vector<Weight>& matrices,
                                        size_t i,
                                        size_t row) const;
  void expand(const ExpertWeights& weights, size_t active, size_t first_row, Worker& worker);
  void contract(const ExpertWeights& weights, size_t active, size_t first_row, Worker& worker);
  void combine(const Routes& routes, const Tensor& out);

  const cpu::KernelTable& kernels_;
  WorkerPool pool_;
  std::vector<Worker> workers_;
  cpu::InputRows inputs_;
  ExpertRun run_;
  std::vector<float> partial_;  // attention over single chunks
};

}  // namespace suan::engine
