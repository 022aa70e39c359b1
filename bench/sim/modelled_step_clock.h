#pragma once

#include <cstdint>

#include "bench/sim/modelled_stream.h"
#include "bench/sim/replica_model.h"
#include "catalog/types/time.h"

namespace suan::bench {

/// Counts the decode steps that all running sequences share, at `step(batch)` each: so a sequence
/// that joins at s and makes n more tokens ends at s + n, whoever comes or goes.
///
/// Prompts are read one after the other; with `ReplicaModel::rates` steps wait meanwhile.
/// Threads:  one owner.
class ModelledStepClock {
 public:
  /// `model` outlives the clock.
  explicit ModelledStepClock(const ReplicaModel& model) : model_(model) {}

  /// Before anything else at a new moment: counts what has passed.
  void advance(Time now);

  /// Requires: advanced to `now`. When the prompt will have been read.
  Time begin_prefill(Time now, Duration prefill);

  void join(const ModelledStream& stream);
  void leave(const ModelledStream& stream);

  [[nodiscard]] double steps() const { return steps_; }

  /// Sequences that are decoded.
  [[nodiscard]] uint32_t decoding() const { return decoding_; }

  /// Until the clock shows `steps`, if nobody comes or goes. Requires: advanced to `now`.
  [[nodiscard]] Duration wait(double steps, Time now) const;

 private:
  [[nodiscard]] double step_s() const {
    return to_seconds(model_.step(decoding_, context_tokens_));
  }

  const ReplicaModel& model_;
  double steps_ = 0;
  Time steps_at_{};  // when `steps_` was right
  Time prefill_free_at_{};
  uint32_t decoding_ = 0;
  uint64_t context_tokens_ = 0;  // of all decoding sequences
};

}  // namespace suan::bench
