#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "engine/sampling/penalties.h"

namespace suan::engine {

/// A token that may still be drawn.
struct Candidate {
  int32_t token = 0;
  float logit = 0;
  double weight = 0;  // probability, up to a factor
};

/// Draws the tokens of one sequence.
///
/// The n-th draw depends on the seed, n and the logits alone: the same request gives the same
/// text whatever else is in the batch, and after a restart.
class Sampler {
 public:
  /// Requires: is_valid(sampling, vocabulary).
  Sampler(const Sampling& sampling, std::span<const int32_t> prompt);

  /// The next token. `room` is working space that samplers share.
  /// Requires: all logits are finite.
  [[nodiscard]] int32_t draw(std::span<const float> logits, std::vector<Candidate>& room);

 private:
  int32_t draw_among(std::vector<Candidate>& candidates) const;

  Sampling sampling_;
  Penalties penalties_;
  uint64_t drawn_ = 0;
  std::vector<float> moved_;  // logits with penalties; empty without
};

/// Whether every setting is a number in its range, with token ids below `vocabulary`.
[[nodiscard]] bool is_valid(const Sampling& sampling, uint32_t vocabulary);

/// Uniform in [0, 1): the n-th number of a seed, without state.
[[nodiscard]] double uniform_of(uint64_t seed, uint64_t n);

}  // namespace suan::engine
