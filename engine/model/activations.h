#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/backend/backend.h"

namespace suan::engine {

/// How much one forward pass may hold.
struct PassLimits {
  size_t rows = 0;       // tokens of a batch
  size_t outputs = 0;    // rows that want logits
  size_t positions = 0;  // of one sequence
};

/// The intermediate results of one forward pass, allocated once and written over by each layer.
///
/// Shapes are [rows, ...]; parts that an architecture does not use are empty.
struct Activations {
  Activations(Backend& backend, const HyperParameters& hyper, const PassLimits& limits);

  Buffer x;         // dim: the residual stream
  Buffer normed;    // dim
  Buffer branch;    // dim: what a layer's half adds to x
  Buffer angles;    // rope_dim: cosine and sine of each pair
  Buffer q;         // heads * key width
  Buffer k;         // kv_heads * head_dim; MLA: kv_lora + rope_dim
  Buffer v;         // kv_heads * head_dim
  Buffer attended;  // heads * value width

  Buffer q_low;            // q_lora
  Buffer q_absorbed;       // heads * (kv_lora + rope_dim)
  Buffer latents_out;      // heads * kv_lora: attention over latents
  Buffer past;             // [positions, kv_lora + rope_dim]: one sequence's cache, in order
  Buffer expanded_keys;    // [positions, nope_dim + rope_dim] of one head
  Buffer expanded_values;  // [positions, value_dim] of one head

  Buffer gate;    // the widest dense or shared FFN
  Buffer up;      // likewise
  Buffer router;  // experts
  Buffer shared;  // dim: what the shared experts add
  Routes routes;

  Buffer last;    // [outputs, dim]
  Buffer logits;  // [outputs, vocabulary]
};

}  // namespace suan::engine
