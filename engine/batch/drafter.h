#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/batch/draft_governor.h"
#include "engine/batch/sequence.h"
#include "engine/model/mtp.h"

namespace suan::engine {

/// Rows of the last batch that a sequence keeps.
struct ComputedRows {
  Sequence* sequence = nullptr;
  size_t first_row = 0;  // in the batch
  uint32_t count = 0;
  uint32_t position = 0;  // of the first
  bool is_prompt = false;
  std::optional<size_t> output{};  // the first that was asked for
};

/// Guesses what sequences will say next: by the model's prediction head or from their own text.
///
/// Threads:  one owner, the batcher's.
class Drafter {
 public:
  /// `mtp` may be null; it, the decoder and the cache outlive the drafter.
  Drafter(Speculation speculation, Mtp* mtp, Decoder& decoder, const KvCache& cache);

  /// Fills `draft` of every sequence that goes on decoding; call it after each pass of the
  /// decoder, once its tokens are drawn, with all rows of the batch that are kept.
  void draft(std::span<const ComputedRows> rows);

  /// Tells of a step: what it did and how long it took.
  void learn(const StepResult& result, double seconds);

 private:
  /// A sequence for which guesses are being made.
  struct Guess {
    Sequence* sequence = nullptr;
    uint32_t count = 0;  // wanted
    size_t output = 0;   // of the head's last batch, as row
    uint32_t row = 0;
    uint32_t position = 0;  // of that row
  };

  void draft_by_head(std::span<const ComputedRows> rows);
  void add_rows(std::span<const ComputedRows> rows, bool of_prompts);
  void want_guess(const Sequence& sequence, uint32_t position);
  void take_guesses(std::span<const float> logits);
  bool add_guessed_rows();

  Speculation speculation_;
  Mtp* mtp_;
  Decoder& decoder_;
  const KvCache& cache_;
  DraftGovernor governor_;
  Batch batch_;
  std::vector<uint32_t> state_rows_;
  std::vector<Guess> guesses_;
};

}  // namespace suan::engine
