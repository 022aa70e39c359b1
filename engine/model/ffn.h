#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/model/forward_pass.h"
#include "engine/model/weight_loader.h"

namespace suan::engine {

/// SwiGLU: down(silu(gate x) * up x). A dense layer's FFN, or the fused shared experts.
///
/// Source:   GLU variants (arXiv 2002.05202), equation 6
class Ffn {
 public:
  /// `suffix` follows the tensors' names: "" or "_shexp". Throws ModelError.
  Ffn(const WeightLoader& loader, uint32_t layer, std::string_view suffix, size_t width);

  /// Shapes: x, out [rows, dim]
  void forward(const ForwardPass& pass, const Tensor& x, const Tensor& out) const;

 private:
  Weight gate_;  // [width, dim]
  Weight up_;    // [width, dim]
  Weight down_;  // [dim, width]
};

}  // namespace suan::engine
