#include "engine/model/ffn.h"

#include <fmt/format.h>

namespace suan::engine {

Ffn::Ffn(const WeightLoader& loader, uint32_t layer, std::string_view suffix, size_t width) {
  const auto name = [&](std::string_view part) {
    return layer_name(layer, fmt::format("{}{}", part, suffix));
  };
  const size_t dim = loader.hyper().dim;
  gate_ = loader.matrix(name("ffn_gate"), width, dim);
  up_ = loader.matrix(name("ffn_up"), width, dim);
  down_ = loader.matrix(name("ffn_down"), dim, width);
}

void Ffn::forward(const ForwardPass& pass, const Tensor& x, const Tensor& out) const {
  const Tensor gate = pass.view(pass.room.gate, gate_.rows);
  const Tensor up = pass.view(pass.room.up, up_.rows);
  pass.backend.matmul(gate_, x, gate);
  pass.backend.matmul(up_, x, up);
  pass.backend.swiglu(gate, up, gate);
  pass.backend.matmul(down_, gate, out);
}

}  // namespace suan::engine
