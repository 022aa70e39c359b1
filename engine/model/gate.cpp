#include "engine/model/gate.h"

#include <fmt/format.h>

namespace suan::engine {
namespace {

constexpr uint32_t kExpertsMax = 1024;
constexpr std::string_view kBiasName = "exp_probs_b";

}  // namespace

Gate::Gate(const WeightLoader& loader, uint32_t layer) : shape_(gate_shape(loader.hyper())) {
  router_ =
      loader.matrix(layer_name(layer, "ffn_gate_inp"), shape_.experts, loader.hyper().dim);
  const std::string bias = layer_name(layer, kBiasName);
  if (loader.has(bias, ".bias")) bias_ = loader.vector(bias, shape_.experts, ".bias");
}

void Gate::forward(const ForwardPass& pass, const Tensor& x) const {
  // In float32 throughout: a router of less precision sends tokens elsewhere.
  const Tensor scores = pass.view(pass.room.router, shape_.experts);
  pass.backend.matmul(router_, x, scores);
  const bool has_bias = bias_.floats() > 0;
  pass.backend.choose_experts(
      shape_, scores, has_bias ? bias_.view(1, shape_.experts) : Tensor{}, pass.room.routes);
}

GateShape gate_shape(const HyperParameters& hyper) {
  const GateShape shape{.experts = hyper.experts,
                        .top_k = hyper.experts_used,
                        .groups = hyper.groups,
                        .groups_kept = hyper.groups_kept,
                        .score = hyper.router_score,
                        .normalises = hyper.router_normalises,
                        .scale = hyper.router_scale};
  const bool is_whole = shape.experts >= 1 && shape.experts <= kExpertsMax &&
                        shape.groups >= 1 && shape.experts % shape.groups == 0;
  const bool can_choose = is_whole && shape.top_k >= 1 && shape.groups_kept >= 1 &&
                          shape.groups_kept <= shape.groups &&
                          shape.top_k <= shape.groups_kept * (shape.experts / shape.groups);
  if (!can_choose || shape.score == RouterScore::None) {
    throw ModelError(
        fmt::format("the router cannot choose {} of {} experts from {} of {} groups",
                    shape.top_k, shape.experts, shape.groups_kept, shape.groups));
  }
  return shape;
}

}  // namespace suan::engine
