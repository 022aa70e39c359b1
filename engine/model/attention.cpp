#include "engine/model/attention.h"

#include <cmath>

#include "engine/model/rope.h"

namespace suan::engine {

GroupedQueryAttention::GroupedQueryAttention(const WeightLoader& loader,
                                             uint32_t layer,
                                             const AttentionExtras& extras)
    : layer_(layer), eps_(loader.hyper().norm_eps) {
  const HyperParameters& hyper = loader.hyper();
  const size_t q_width = size_t{hyper.heads} * hyper.head_dim;
  const size_t kv_width = size_t{hyper.kv_heads} * hyper.head_dim;
  const double scale =
      yarn_score_factor(hyper) / std::sqrt(static_cast<double>(hyper.head_dim));

  shape_ = {.heads = hyper.heads,
            .kv_heads = hyper.kv_heads,
            .key_dim = hyper.head_dim,
            .value_dim = hyper.head_dim,
            .page_tokens = kPageTokens,
            .scale = static_cast<float>(scale)};
  q_rope_ = {hyper.heads, hyper.head_dim, hyper.rope_dim, hyper.rope_is_adjacent};
  k_rope_ = {hyper.kv_heads, hyper.head_dim, hyper.rope_dim, hyper.rope_is_adjacent};
  const auto load = [&](Projection& projection, std::string_view part, size_t width) {
    const std::string name = layer_name(layer, part);
    projection.weight = loader.matrix(name, width, hyper.dim);
    if (extras.has_biases) projection.bias = loader.vector(name, width, ".bias");
  };
  load(q_, "attn_q", q_width);
  load(k_, "attn_k", kv_width);
  load(v_, "attn_v", kv_width);
  if (extras.has_head_norms) {
    q_.norm = loader.vector(layer_name(layer, "attn_q_norm"), hyper.head_dim);
    k_.norm = loader.vector(layer_name(layer, "attn_k_norm"), hyper.head_dim);
  }
  output_ = loader.matrix(layer_name(layer, "attn_output"), hyper.dim, q_width);
}

void GroupedQueryAttention::forward(const ForwardPass& pass,
                                    const Tensor& x,
                                    const Tensor& out) const {
  Backend& backend = pass.backend;
  const Tensor angles = pass.view(pass.room.angles, q_rope_.dim);
  const Tensor attended = pass.view(pass.room.attended, output_.columns);

  const Tensor q = project(pass, q_, x, pass.room.q);
  const Tensor k = project(pass, k_, x, pass.room.k);
  const Tensor v = project(pass, v_, x, pass.room.v);
  backend.rope(q_rope_, angles, q);
  backend.rope(k_rope_, angles, k);

  const Tensor keys = pass.cache.keys(layer_);
  const Tensor values = pass.cache.values(layer_);
  backend.scatter(k, pass.batch.cache_rows(), keys);
  backend.scatter(v, pass.batch.cache_rows(), values);
  backend.attention(shape_, pass.batch.prompts(), q, keys, values, attended);
  backend.attention(shape_, pass.batch.decodes(), q, keys, values, attended);
  backend.matmul(output_, attended, out);
}

Tensor GroupedQueryAttention::project(const ForwardPass& pass,
                                      const Projection& projection,
                                      const Tensor& x,
                                      const Buffer& room) const {
  const size_t width = projection.weight.rows;
  const Tensor out = pass.view(room, width);
  pass.backend.matmul(projection.weight, x, out);
  if (projection.bias.floats() > 0) pass.backend.add_bias(out, projection.bias.view(1, width));
  if (const size_t head_dim = projection.norm.floats(); head_dim > 0) {
    const Tensor heads = room.view(pass.rows() * width / head_dim, head_dim);
    pass.backend.rms_norm(heads, projection.norm.view(1, head_dim), eps_, heads);
  }
  return out;
}

}  // namespace suan::engine
