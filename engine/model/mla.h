#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/forward_pass.h"
#include "engine/model/weight_loader.h"

namespace suan::engine {

/// In which form a sequence's attention is computed. Both say the same; they differ in cost,
/// and in the last bits.
enum class MlaForm : uint8_t {
  ByRows,    // prompts expanded, decoded tokens absorbed
  Expanded,  // keys and values of each head are made from the cached latents
  Absorbed,  // queries are moved into the latents' space
};

/// Multi-head latent attention of one layer: the cache holds one latent and one roped key for
/// all heads.
///
/// The form depends on whether a row is of a prompt, never on how many rows there are: so a
/// sequence's result does not depend on its company, nor on how its prompt was cut.
/// Source:   DeepSeek-V2 report (arXiv 2405.04434), section 2.1 and appendix C
class Mla {
 public:
  /// Throws ModelError.
  Mla(const WeightLoader& loader, uint32_t layer, MlaForm form);

  /// Writes the batch's latents into the cache, then out = attention(x).
  /// Shapes: x, out [rows, dim]
  void forward(const ForwardPass& pass, const Tensor& x, const Tensor& out) const;

 private:
  void load_queries(const WeightLoader& loader);
  void load_heads(const WeightLoader& loader);

  void make_queries(const ForwardPass& pass, const Tensor& x, const Tensor& q) const;
  void cache_latents(const ForwardPass& pass, const Tensor& x) const;
  void attend_expanded(const ForwardPass& pass,
                       const SequenceRows& sequence,
                       const Tensor& q,
                       const Tensor& attended) const;
  void attend_absorbed(const ForwardPass& pass,
                       std::span<const SequenceRows> sequences,
                       const Tensor& q,
                       const Tensor& attended) const;
  void key_from_latent(Backend& backend,
                       size_t head,
                       const Tensor& latent,
                       const Tensor& key) const;

  uint32_t layer_;
  MlaForm form_;
  size_t heads_;
  size_t nope_dim_;
  size_t rope_dim_;
  size_t value_dim_;
  size_t kv_lora_;
  float eps_;
  float scale_;
  RopeShape q_rope_;
  RopeShape k_rope_;

  Weight q_;        // [heads * (nope + rope), dim or q_lora]
  Weight q_down_;   // [q_lora, dim]; no rows without q_lora
  Buffer q_norm_;   // [q_lora]
  Weight kv_down_;  // [kv_lora + rope, dim]
  Buffer kv_norm_;  // [kv_lora]
  bool keys_are_transposed_ = false;
  std::vector<Weight> key_up_;    // of each head: [nope, kv_lora], or [kv_lora, nope]
  std::vector<Weight> value_up_;  // of each head: [value, kv_lora]
  Weight output_;                 // [dim, heads * value]
};

}  // namespace suan::engine
