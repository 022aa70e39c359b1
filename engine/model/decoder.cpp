#include "engine/model/decoder.h"

#include <cassert>
#include <utility>

namespace suan::engine {

Decoder::Decoder(const WeightLoader& loader,
                 std::vector<Layer> layers,
                 const PassLimits& limits)
    : backend_(loader.backend()),
      hyper_(loader.hyper()),
      limits_(limits),
      rope_(loader.hyper()),
      embedding_(loader.matrix("token_embd", hyper_.vocabulary, hyper_.dim)),
      layers_(std::move(layers)),
      output_norm_(loader.vector("output_norm", hyper_.dim)),
      output_(loader.has("output") ? loader.matrix("output", hyper_.vocabulary, hyper_.dim)
                                   : embedding_),
      room_(backend_, hyper_, limits),
      angles_(limits.rows * hyper_.rope_dim),
      logits_(limits.outputs * hyper_.vocabulary) {}

std::span<const float> Decoder::forward(const Batch& batch, const KvCache& cache) {
  assert(batch.rows() > 0);
  assert(batch.rows() <= limits_.rows);
  rows_ = batch.rows();

  const std::span<float> angles(angles_.data(), rows_ * hyper_.rope_dim);
  rope_.angles(batch.positions(), angles);
  backend_.write(angles, room_.angles.view(rows_, hyper_.rope_dim));
  backend_.embed(embedding_, batch.tokens(), room_.x.view(rows_, hyper_.dim));

  const ForwardPass pass{backend_, batch, cache, room_};
  for (const Layer& layer : layers_)
    run_layer(layer, pass);
  return outputs(batch.output_rows());
}

void Decoder::run_layer(const Layer& layer, const ForwardPass& pass) {
  const size_t dim = hyper_.dim;
  const Tensor x = pass.view(room_.x, dim);
  const Tensor normed = pass.view(room_.normed, dim);
  const Tensor branch = pass.view(room_.branch, dim);
  const auto run = [&](const auto& part) { part.forward(pass, normed, branch); };

  backend_.rms_norm(x, layer.attention_norm.view(1, dim), hyper_.norm_eps, normed);
  std::visit(run, layer.attention);
  backend_.add(x, branch);

  backend_.rms_norm(x, layer.ffn_norm.view(1, dim), hyper_.norm_eps, normed);
  std::visit(run, layer.ffn);
  backend_.add(x, branch);
}

std::span<const float> Decoder::outputs(std::span<const uint32_t> rows) {
  assert(rows.size() <= limits_.outputs);
  if (rows.empty()) return {};
  const Tensor last = room_.last.view(rows.size(), hyper_.dim);
  const Tensor logits = room_.logits.view(rows.size(), hyper_.vocabulary);
  backend_.gather(room_.x.view(rows_, hyper_.dim), rows, last);
  backend_.rms_norm(last, output_norm_.view(1, hyper_.dim), hyper_.norm_eps, last);
  backend_.matmul(output_, last, logits);

  const std::span<float> values(logits_.data(), rows.size() * hyper_.vocabulary);
  backend_.read(logits, values);
  return values;
}

}  // namespace suan::engine
