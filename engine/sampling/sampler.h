#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "engine/sampling/candidates.h"
#include "engine/sampling/penalties.h"

namespace suan::engine {

/// Working space that samplers share; it grows to the vocabulary's size.
struct SamplingRoom {
  std::vector<float> logits;
  std::vector<float> weights;
  std::vector<float> maxima;
  Candidates candidates;
  Candidates copy;
};

/// Draws the tokens of one sequence.
///
/// In this order: penalties, then biases, then the mask; temperature; top-k; top-p of what is
/// left; min-p, against the best one; typical-p of what is left; one draw. Temperature 0 takes
/// the likeliest, and filters do not matter.
///
/// The n-th draw depends on the seed, n, the logits and the mask alone: the same request gives
/// the same text whatever else is in the batch, and after a restart.
class Sampler {
 public:
  /// Requires: is_valid(sampling, vocabulary).
  Sampler(const Sampling& sampling, std::span<const int32_t> prompt);

  /// The next token. Bit t % 64 of word t / 64 of `mask` tells whether token t may be drawn; an
  /// empty mask allows all.
  /// Requires: all logits are finite. A mask that allows nothing gives token 0.
  [[nodiscard]] int32_t draw(std::span<const float> logits,
                             SamplingRoom& room,
                             std::span<const uint64_t> mask = {});

 private:
  std::span<const float> moved(std::span<const float> logits,
                               SamplingRoom& room,
                               std::span<const uint64_t> mask) const;
  [[nodiscard]] bool has_share_filters() const;
  int32_t draw_one(std::span<const float> logits, SamplingRoom& room) const;
  double gather(std::span<const float> logits, float highest, SamplingRoom& room) const;
  double gather_likeliest(std::span<const float> logits,
                          float highest,
                          SamplingRoom& room) const;

  Sampling sampling_;
  Penalties penalties_;
  uint64_t drawn_ = 0;
};

/// Whether every setting is a number in its range, with token ids below `vocabulary`.
[[nodiscard]] bool is_valid(const Sampling& sampling, uint32_t vocabulary);

/// Uniform in [0, 1): the n-th number of a seed, without state.
[[nodiscard]] double uniform_of(uint64_t seed, uint64_t n);

}  // namespace suan::engine
