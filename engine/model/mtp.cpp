#include "engine/model/mtp.h"

#include <cassert>

#include "engine/model/architectures.h"

namespace suan::engine {

Mtp::Mtp(const WeightLoader& loader, Decoder& decoder)
    : trunk_(decoder.trunk()),
      layer_(deepseek2_layer(loader, loader.hyper().layers)),
      embedding_(trunk_.embedding()),
      output_(trunk_.output()) {
  const HyperParameters& hyper = loader.hyper();
  assert(hyper.mtp_layers > 0);
  const auto name = [&](std::string_view part) { return layer_name(hyper.layers, part); };
  const auto own = [&](std::string_view part, Weight& weight) {
    if (!loader.has(name(part))) return;
    weight = loader.matrix(name(part), hyper.vocabulary, hyper.dim);
  };
  own("nextn.embed_tokens", embedding_);
  own("nextn.shared_head_head", output_);
  mix_ = loader.matrix(name("nextn.eh_proj"), hyper.dim, size_t{2} * hyper.dim);
  embedding_norm_ = loader.vector(name("nextn.enorm"), hyper.dim);
  state_norm_ = loader.vector(name("nextn.hnorm"), hyper.dim);
  output_norm_ = loader.vector(name("nextn.shared_head_norm"), hyper.dim);

  const PassLimits& limits = trunk_.limits();
  both_ = loader.backend().allocate(limits.rows * 2 * hyper.dim);
  hidden_ = loader.backend().allocate(limits.rows * hyper.dim);
  logits_.resize(limits.outputs * hyper.vocabulary);
}

std::span<const float> Mtp::forward(const Batch& batch,
                                    const Tensor& states,
                                    std::span<const uint32_t> state_rows,
                                    const KvCache& cache) {
  assert(state_rows.size() == batch.rows());
  const ForwardPass pass = trunk_.begin(batch, cache);
  rows_ = batch.rows();
  mix(pass, states, state_rows);
  trunk_.run(layer_, pass);

  const size_t dim = trunk_.hyper().dim;
  pass.backend.rms_norm(pass.view(pass.room.x, dim), output_norm_.view(1, dim),
                        trunk_.hyper().norm_eps, hidden());
  return outputs(batch.output_rows());
}

/// x = mix [norm(embedding), norm(state)], the embedding's half first.
void Mtp::mix(const ForwardPass& pass,
              const Tensor& states,
              std::span<const uint32_t> state_rows) {
  const size_t dim = trunk_.hyper().dim;
  const float eps = trunk_.hyper().norm_eps;
  Backend& backend = pass.backend;
  const Tensor both = pass.view(both_, 2 * dim);
  const Tensor embedded = both.slice_columns(0, dim);
  const Tensor state = both.slice_columns(dim, dim);

  backend.embed(embedding_, pass.batch.tokens(), embedded);
  backend.rms_norm(embedded, embedding_norm_.view(1, dim), eps, embedded);
  backend.gather(states, state_rows, state);
  backend.rms_norm(state, state_norm_.view(1, dim), eps, state);
  backend.matmul(mix_, both, pass.view(pass.room.x, dim));
}

std::span<const float> Mtp::outputs(std::span<const uint32_t> rows) {
  assert(rows.size() <= trunk_.limits().outputs);
  if (rows.empty()) return {};
  const Tensor last = trunk_.room().last.view(rows.size(), trunk_.hyper().dim);
  trunk_.backend().gather(hidden(), rows, last);
  const std::span<float> logits(logits_.data(), rows.size() * trunk_.hyper().vocabulary);
  trunk_.read_logits(output_, last, logits);
  return logits;
}

Tensor Mtp::hidden() const {
  return hidden_.view(rows_, trunk_.hyper().dim);
}

}  // namespace suan::engine
