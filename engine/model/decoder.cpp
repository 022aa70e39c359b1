#include "engine/model/decoder.h"

#include <cassert>
#include <utility>

namespace suan::engine {

Decoder::Decoder(const WeightLoader& loader,
                 std::vector<Layer> layers,
                 const PassLimits& limits)
    : trunk_(loader, limits),
      layers_(std::move(layers)),
      output_norm_(loader.vector("output_norm", loader.hyper().dim)),
      logits_(limits.outputs * loader.hyper().vocabulary) {
  if (loader.hyper().mtp_layers > 0)
    hidden_ = loader.backend().allocate(limits.rows * loader.hyper().dim);
}

std::span<const float> Decoder::forward(const Batch& batch, const KvCache& cache) {
  const ForwardPass pass = trunk_.begin(batch, cache);
  rows_ = batch.rows();
  pass.backend.embed(trunk_.embedding(), batch.tokens(),
                     pass.view(pass.room.x, trunk_.hyper().dim));
  for (const Layer& layer : layers_)
    trunk_.run(layer, pass);
  return outputs(batch.output_rows());
}

std::span<const float> Decoder::outputs(std::span<const uint32_t> rows) {
  assert(rows.size() <= limits().outputs);
  if (rows.empty()) return {};
  const size_t dim = trunk_.hyper().dim;
  Backend& backend = trunk_.backend();
  const Tensor last = trunk_.room().last.view(rows.size(), dim);
  backend.gather(trunk_.room().x.view(rows_, dim), rows, last);
  backend.rms_norm(last, output_norm_.view(1, dim), trunk_.hyper().norm_eps, last);

  const std::span<float> logits(logits_.data(), rows.size() * trunk_.hyper().vocabulary);
  trunk_.read_logits(trunk_.output(), last, logits);
  return logits;
}

Tensor Decoder::hidden() {
  assert(hidden_.floats() > 0);
  const size_t dim = trunk_.hyper().dim;
  const Tensor hidden = hidden_.view(rows_, dim);
  trunk_.backend().rms_norm(trunk_.room().x.view(rows_, dim), output_norm_.view(1, dim),
                            trunk_.hyper().norm_eps, hidden);
  return hidden;
}

}  // namespace suan::engine
