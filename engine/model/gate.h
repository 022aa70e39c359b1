#pragma once

#include <cstdint>

#include "engine/model/forward_pass.h"
#include "engine/model/weight_loader.h"

namespace suan::engine {

/// The router of one layer: which experts each token goes to, and with what weights.
class Gate {
 public:
  /// Throws ModelError, also when the groups and counts do not fit together.
  Gate(const WeightLoader& loader, uint32_t layer);

  /// Fills pass.room.routes. Shapes: x [rows, dim]
  void forward(const ForwardPass& pass, const Tensor& x) const;

 private:
  GateShape shape_;
  Weight router_;  // [experts, dim]
  Buffer bias_;    // [experts]; empty when the model has none
};

/// Throws ModelError unless every token can be given its experts.
[[nodiscard]] GateShape gate_shape(const HyperParameters& hyper);

}  // namespace suan::engine
