#include "engine/model/moe.h"

namespace suan::engine {

Moe::Moe(const WeightLoader& loader, uint32_t layer) : gate_(loader, layer) {
  const HyperParameters& hyper = loader.hyper();
  const size_t width = hyper.expert_ff_dim;
  const auto load = [&](std::string_view part, uint32_t expert, size_t rows, size_t columns) {
    return loader.expert(layer_name(layer, part), expert, rows, columns);
  };
  const bool is_fused = loader.has(layer_name(layer, "ffn_gate_up_exps"));
  for (uint32_t expert = 0; expert < hyper.experts; ++expert) {
    if (is_fused) {  // of each expert the rows of gate, then those of up
      const Weight both = load("ffn_gate_up_exps", expert, 2 * width, hyper.dim);
      experts_.gate.push_back(both.slice_rows(0, width));
      experts_.up.push_back(both.slice_rows(width, width));
    } else {
      experts_.gate.push_back(load("ffn_gate_exps", expert, width, hyper.dim));
      experts_.up.push_back(load("ffn_up_exps", expert, width, hyper.dim));
    }
    experts_.down.push_back(load("ffn_down_exps", expert, hyper.dim, width));
  }
  if (hyper.experts_shared > 0) shared_.emplace(loader, layer, "_shexp", hyper.shared_ff_dim);
}

void Moe::forward(const ForwardPass& pass, const Tensor& x, const Tensor& out) const {
  gate_.forward(pass, x);
  pass.backend.experts(experts_, pass.room.routes, x, out);
  if (!shared_) return;

  const Tensor shared = pass.view(pass.room.shared, out.columns);
  shared_->forward(pass, x, shared);
  pass.backend.add(out, shared);
}

}  // namespace suan::engine
