#pragma once

#include <cstdint>
#include <optional>

#include "engine/model/ffn.h"
#include "engine/model/gate.h"

namespace suan::engine {

/// A mixture of experts: a few routed ones for each token, and shared ones for all.
///
/// y = sum of w_e * expert_e(x) over the chosen experts + shared(x)
/// Source:   DeepSeekMoE (arXiv 2401.06066), equation 9
class Moe {
 public:
  /// Throws ModelError.
  Moe(const WeightLoader& loader, uint32_t layer);

  /// Shapes: x, out [rows, dim]
  void forward(const ForwardPass& pass, const Tensor& x, const Tensor& out) const;

 private:
  Gate gate_;
  ExpertWeights experts_;
  std::optional<Ffn> shared_;
};

}  // namespace suan::engine
