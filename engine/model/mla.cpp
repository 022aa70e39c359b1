#include "engine/model/mla.h"

#include <cmath>
#include <numeric>

#include "engine/model/rope.h"

namespace suan::engine {
namespace {

/// Rows of the cache in which positions 0..length-1 lie.
std::vector<uint32_t> rows_of(std::span<const uint32_t> pages, size_t length) {
  std::vector<uint32_t> rows(length);
  for (size_t position = 0; position < length; ++position) {
    rows[position] = pages[position / kPageTokens] * kPageTokens +
                     static_cast<uint32_t>(position % kPageTokens);
  }
  return rows;
}

/// Pages of a sequence that lies in one piece.
std::vector<uint32_t> pages_in_order(size_t length) {
  std::vector<uint32_t> pages(PagePool::pages_for(length));
  std::iota(pages.begin(), pages.end(), 0U);
  return pages;
}

}  // namespace

Mla::Mla(const WeightLoader& loader, uint32_t layer, MlaForm form)
    : layer_(layer), form_(form) {
  const HyperParameters& hyper = loader.hyper();
  heads_ = hyper.heads;
  nope_dim_ = hyper.nope_dim;
  rope_dim_ = hyper.rope_dim;
  value_dim_ = hyper.value_dim;
  kv_lora_ = hyper.kv_lora;
  eps_ = hyper.norm_eps;
  const double width = static_cast<double>(nope_dim_ + rope_dim_);
  scale_ = static_cast<float>(yarn_score_factor(hyper) / std::sqrt(width));
  q_rope_ = {heads_, nope_dim_ + rope_dim_, rope_dim_, hyper.rope_is_adjacent};
  k_rope_ = {1, rope_dim_, rope_dim_, hyper.rope_is_adjacent};

  load_queries(loader);
  kv_down_ = loader.matrix(layer_name(layer, "attn_kv_a_mqa"), kv_lora_ + rope_dim_, hyper.dim);
  kv_norm_ = loader.vector(layer_name(layer, "attn_kv_a_norm"), kv_lora_);
  load_heads(loader);
  output_ = loader.matrix(layer_name(layer, "attn_output"), hyper.dim, heads_ * value_dim_);
}

void Mla::load_queries(const WeightLoader& loader) {
  const HyperParameters& hyper = loader.hyper();
  const size_t width = heads_ * (nope_dim_ + rope_dim_);
  if (hyper.q_lora == 0) {
    q_ = loader.matrix(layer_name(layer_, "attn_q"), width, hyper.dim);
    return;
  }
  q_down_ = loader.matrix(layer_name(layer_, "attn_q_a"), hyper.q_lora, hyper.dim);
  q_norm_ = loader.vector(layer_name(layer_, "attn_q_a_norm"), hyper.q_lora);
  q_ = loader.matrix(layer_name(layer_, "attn_q_b"), width, hyper.q_lora);
}

void Mla::load_heads(const WeightLoader& loader) {
  const std::string both = layer_name(layer_, "attn_kv_b");
  if (loader.has(both)) {
    // Hugging Face's layout: of each head its key rows, then its value rows.
    const size_t height = nope_dim_ + value_dim_;
    const Weight all = loader.matrix(both, heads_ * height, kv_lora_);
    for (size_t head = 0; head < heads_; ++head) {
      key_up_.push_back(all.slice_rows(head * height, nope_dim_));
      value_up_.push_back(all.slice_rows(head * height + nope_dim_, value_dim_));
    }
    return;
  }
  // GGUF's layout: two stacks, the keys' matrices transposed.
  keys_are_transposed_ = true;
  const Weight keys =
      loader.matrix(layer_name(layer_, "attn_k_b"), heads_ * kv_lora_, nope_dim_);
  const Weight values =
      loader.matrix(layer_name(layer_, "attn_v_b"), heads_ * value_dim_, kv_lora_);
  for (size_t head = 0; head < heads_; ++head) {
    key_up_.push_back(keys.slice_rows(head * kv_lora_, kv_lora_));
    value_up_.push_back(values.slice_rows(head * value_dim_, value_dim_));
  }
}

void Mla::forward(const ForwardPass& pass, const Tensor& x, const Tensor& out) const {
  const Tensor q = pass.view(pass.room.q, q_.rows);
  const Tensor attended = pass.view(pass.room.attended, output_.columns);

  make_queries(pass, x, q);
  cache_latents(pass, x);
  const auto attend = [&](std::span<const SequenceRows> sequences, MlaForm by_rows) {
    if (sequences.empty()) return;
    if ((form_ == MlaForm::ByRows ? by_rows : form_) == MlaForm::Absorbed) {
      attend_absorbed(pass, sequences, q, attended);
    } else {
      for (const SequenceRows& one : sequences)
        attend_expanded(pass, one, q, attended);
    }
  };
  attend(pass.batch.prompts(), MlaForm::Expanded);
  attend(pass.batch.decodes(), MlaForm::Absorbed);
  pass.backend.matmul(output_, attended, out);
}

void Mla::make_queries(const ForwardPass& pass, const Tensor& x, const Tensor& q) const {
  Backend& backend = pass.backend;
  if (q_down_.rows == 0) {
    backend.matmul(q_, x, q);
  } else {
    const Tensor low = pass.view(pass.room.q_low, q_down_.rows);
    backend.matmul(q_down_, x, low);
    backend.rms_norm(low, q_norm_.view(1, q_down_.rows), eps_, low);
    backend.matmul(q_, low, q);
  }
  const Tensor roped = q.slice_columns(nope_dim_, q.columns - nope_dim_);
  backend.rope(q_rope_, pass.view(pass.room.angles, rope_dim_), roped);
}

void Mla::cache_latents(const ForwardPass& pass, const Tensor& x) const {
  Backend& backend = pass.backend;
  const Tensor row = pass.view(pass.room.k, kv_down_.rows);
  backend.matmul(kv_down_, x, row);

  // The latent is normed and the shared key is turned; never the other way round.
  const Tensor latent = row.slice_columns(0, kv_lora_);
  const Tensor key = row.slice_columns(kv_lora_, rope_dim_);
  backend.rms_norm(latent, kv_norm_.view(1, kv_lora_), eps_, latent);
  backend.rope(k_rope_, pass.view(pass.room.angles, rope_dim_), key);
  backend.scatter(row, pass.batch.cache_rows(), pass.cache.keys(layer_));
}

/// One head at a time, so that the room for its keys and values stays small.
void Mla::attend_expanded(const ForwardPass& pass,
                          const SequenceRows& sequence,
                          const Tensor& q,
                          const Tensor& attended) const {
  Backend& backend = pass.backend;
  const size_t length = sequence.position + sequence.count;
  const size_t key_dim = nope_dim_ + rope_dim_;
  const Tensor past = pass.room.past.view(length, kv_lora_ + rope_dim_);
  const Tensor keys = pass.room.expanded_keys.view(length, key_dim);
  const Tensor values = pass.room.expanded_values.view(length, value_dim_);
  const std::vector<uint32_t> rows = rows_of(sequence.pages, length);
  const std::vector<uint32_t> pages = pages_in_order(length);
  const SequenceRows in_order{sequence.first, sequence.count, sequence.position, pages};
  const AttentionShape shape{.heads = 1,
                             .kv_heads = 1,
                             .key_dim = key_dim,
                             .value_dim = value_dim_,
                             .page_tokens = kPageTokens,
                             .scale = scale_};

  const Tensor cached = pass.cache.keys(layer_);
  backend.gather(cached, rows, past);
  backend.gather(cached.slice_columns(kv_lora_, rope_dim_), rows,
                 keys.slice_columns(nope_dim_, rope_dim_));  // the same for all heads
  const Tensor latents = past.slice_columns(0, kv_lora_);
  for (size_t head = 0; head < heads_; ++head) {
    key_from_latent(backend, head, latents, keys.slice_columns(0, nope_dim_));
    backend.matmul(value_up_[head], latents, values);
    backend.attention(shape, {&in_order, 1}, q.slice_columns(head * key_dim, key_dim), keys,
                      values, attended.slice_columns(head * value_dim_, value_dim_));
  }
}

void Mla::attend_absorbed(const ForwardPass& pass,
                          std::span<const SequenceRows> sequences,
                          const Tensor& q,
                          const Tensor& attended) const {
  Backend& backend = pass.backend;
  const size_t key_dim = nope_dim_ + rope_dim_;
  const size_t latent_dim = kv_lora_ + rope_dim_;
  const size_t first = sequences.front().first;
  const size_t count = sequences.back().first + sequences.back().count - first;
  const Tensor q_latent = pass.view(pass.room.q_absorbed, heads_ * latent_dim);
  const Tensor found = pass.view(pass.room.latents_out, heads_ * kv_lora_);

  const Tensor q_rows = q.slice_rows(first, count);
  const Tensor q_latent_rows = q_latent.slice_rows(first, count);
  if (keys_are_transposed_) {
    backend.matmul_heads(key_up_, q_rows, key_dim, q_latent_rows, latent_dim);
  }
  for (size_t head = 0; head < heads_; ++head) {
    const Tensor from = q_rows.slice_columns(head * key_dim, key_dim);
    const Tensor to = q_latent_rows.slice_columns(head * latent_dim, latent_dim);
    if (!keys_are_transposed_) {
      backend.matmul_transposed(key_up_[head], from.slice_columns(0, nope_dim_),
                                to.slice_columns(0, kv_lora_));
    }
    backend.copy(from.slice_columns(nope_dim_, rope_dim_),
                 to.slice_columns(kv_lora_, rope_dim_));
  }

  // Multi-query attention: one key, [latent, roped key], and one value, the latent again.
  const AttentionShape shape{.heads = heads_,
                             .kv_heads = 1,
                             .key_dim = latent_dim,
                             .value_dim = kv_lora_,
                             .page_tokens = kPageTokens,
                             .scale = scale_};
  const Tensor cached = pass.cache.keys(layer_);
  backend.attention(shape, sequences, q_latent, cached, cached.slice_columns(0, kv_lora_),
                    found);

  backend.matmul_heads(value_up_, found.slice_rows(first, count), kv_lora_,
                       attended.slice_rows(first, count), value_dim_);
}

void Mla::key_from_latent(Backend& backend,
                          size_t head,
                          const Tensor& latent,
                          const Tensor& key) const {
  if (keys_are_transposed_) {
    backend.matmul_transposed(key_up_[head], latent, key);
  } else {
    backend.matmul(key_up_[head], latent, key);
  }
}

}  // namespace suan::engine
