#include "engine/model/attention.h"

#include <cmath>

#include "engine/model/rope.h"

namespace suan::engine {

GroupedQueryAttention::GroupedQueryAttention(const WeightLoader& loader, uint32_t layer)
    : layer_(layer) {
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
  q_ = loader.matrix(layer_name(layer, "attn_q"), q_width, hyper.dim);
  k_ = loader.matrix(layer_name(layer, "attn_k"), kv_width, hyper.dim);
  v_ = loader.matrix(layer_name(layer, "attn_v"), kv_width, hyper.dim);
  output_ = loader.matrix(layer_name(layer, "attn_output"), hyper.dim, q_width);
}

void GroupedQueryAttention::forward(const ForwardPass& pass,
                                    const Tensor& x,
                                    const Tensor& out) const {
  Backend& backend = pass.backend;
  const Tensor q = pass.view(pass.room.q, q_.rows);
  const Tensor k = pass.view(pass.room.k, k_.rows);
  const Tensor v = pass.view(pass.room.v, v_.rows);
  const Tensor angles = pass.view(pass.room.angles, q_rope_.dim);
  const Tensor attended = pass.view(pass.room.attended, q_.rows);

  backend.matmul(q_, x, q);
  backend.matmul(k_, x, k);
  backend.matmul(v_, x, v);
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

}  // namespace suan::engine
