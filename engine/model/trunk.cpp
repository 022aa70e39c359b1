#include "engine/model/trunk.h"

#include <cassert>

namespace suan::engine {

Trunk::Trunk(const WeightLoader& loader, const PassLimits& limits)
    : backend_(loader.backend()),
      hyper_(loader.hyper()),
      limits_(limits),
      rope_(hyper_),
      embedding_(loader.matrix("token_embd", hyper_.vocabulary, hyper_.dim)),
      output_(loader.has("output") ? loader.matrix("output", hyper_.vocabulary, hyper_.dim)
                                   : embedding_),
      room_(backend_, hyper_, limits),
      angles_(limits.rows * hyper_.rope_dim) {}

ForwardPass Trunk::begin(const Batch& batch, const KvCache& cache) {
  assert(batch.rows() > 0);
  assert(batch.rows() <= limits_.rows);
  const std::span<float> angles(angles_.data(), batch.rows() * hyper_.rope_dim);
  rope_.angles(batch.positions(), angles);
  backend_.write(angles, room_.angles.view(batch.rows(), hyper_.rope_dim));
  return {backend_, batch, cache, room_};
}

void Trunk::run(const Layer& layer, const ForwardPass& pass) {
  const size_t dim = hyper_.dim;
  const Tensor x = pass.view(room_.x, dim);
  const Tensor normed = pass.view(room_.normed, dim);
  const Tensor branch = pass.view(room_.branch, dim);
  const auto run_part = [&](const auto& part) { part.forward(pass, normed, branch); };

  backend_.rms_norm(x, layer.attention_norm.view(1, dim), hyper_.norm_eps, normed);
  std::visit(run_part, layer.attention);
  backend_.add(x, branch);

  backend_.rms_norm(x, layer.ffn_norm.view(1, dim), hyper_.norm_eps, normed);
  std::visit(run_part, layer.ffn);
  backend_.add(x, branch);
}

void Trunk::read_logits(const Weight& output, const Tensor& states, std::span<float> logits) {
  const Tensor room = room_.logits.view(states.rows, hyper_.vocabulary);
  backend_.matmul(output, states, room);
  backend_.read(room, logits);
}

}  // namespace suan::engine
