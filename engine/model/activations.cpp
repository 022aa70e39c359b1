#include "engine/model/activations.h"

#include <algorithm>

namespace suan::engine {
namespace {

void allocate_attention(Activations& all,
                        Backend& backend,
                        const HyperParameters& hyper,
                        size_t rows) {
  const size_t kv_width = size_t{hyper.kv_heads} * hyper.head_dim;
  all.q = backend.allocate(rows * hyper.heads * hyper.head_dim);
  all.k = backend.allocate(rows * kv_width);
  all.v = backend.allocate(rows * kv_width);
  all.attended = backend.allocate(rows * hyper.heads * hyper.head_dim);
}

void allocate_mla(Activations& all,
                  Backend& backend,
                  const HyperParameters& hyper,
                  const PassLimits& limits) {
  const size_t key_width = size_t{hyper.nope_dim} + hyper.rope_dim;
  const size_t latent_width = size_t{hyper.kv_lora} + hyper.rope_dim;
  const size_t head_rows = limits.rows * hyper.heads;
  all.q = backend.allocate(head_rows * key_width);
  all.k = backend.allocate(limits.rows * latent_width);
  all.attended = backend.allocate(head_rows * hyper.value_dim);
  all.q_low = backend.allocate(limits.rows * hyper.q_lora);
  all.q_absorbed = backend.allocate(head_rows * latent_width);
  all.latents_out = backend.allocate(head_rows * hyper.kv_lora);
  all.past = backend.allocate(limits.positions * latent_width);
  all.expanded_keys = backend.allocate(limits.positions * key_width);
  all.expanded_values = backend.allocate(limits.positions * hyper.value_dim);
}

}  // namespace

Activations::Activations(Backend& backend,
                         const HyperParameters& hyper,
                         const PassLimits& limits) {
  const size_t rows = limits.rows;
  x = backend.allocate(rows * hyper.dim);
  normed = backend.allocate(rows * hyper.dim);
  branch = backend.allocate(rows * hyper.dim);
  angles = backend.allocate(rows * hyper.rope_dim);
  if (hyper.kv_lora > 0) {
    allocate_mla(*this, backend, hyper, limits);
  } else {
    allocate_attention(*this, backend, hyper, rows);
  }

  const size_t ff_widest = std::max(hyper.ff_dim, hyper.shared_ff_dim);
  gate = backend.allocate(rows * ff_widest);
  up = backend.allocate(rows * ff_widest);
  if (hyper.experts > 0) {
    router = backend.allocate(rows * hyper.experts);
    shared = backend.allocate(rows * hyper.dim);
    routes = backend.allocate_routes(rows, hyper.experts_used);
  }
  last = backend.allocate(limits.outputs * hyper.dim);
  logits = backend.allocate(limits.outputs * hyper.vocabulary);
}

}  // namespace suan::engine
