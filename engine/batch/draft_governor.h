#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace suan::engine {

/// Decides whether guesses pay, by tokens per second with and without them.
///
/// Checking a guess is not free: a batch with more rows reads more experts. What it costs depends
/// on how many sequences there are, so each power of two of them is judged apart. The side that
/// does worse is tried again for a few steps now and then, after ever longer pauses.
/// Threads:  one owner.
class DraftGovernor {
 public:
  /// Whether the next step of so many decoding sequences should check guesses.
  [[nodiscard]] bool wants_drafts(uint32_t sequences) const;

  /// A step that only decoded. Requires: seconds > 0
  void learn(uint32_t sequences, bool had_drafts, uint32_t tokens, double seconds);

 private:
  static constexpr size_t kSizes = 13;  // up to 4,096 sequences

  struct Rate {
    double tokens_per_s = 0;
    uint32_t samples = 0;
  };

  struct Size {
    Rate plain;
    Rate drafted;
    uint32_t pause = 64;        // steps between two trials
    uint32_t until_trial = 64;  // steps
    uint32_t trial_left = 0;    // steps
  };

  static size_t size_of(uint32_t sequences);
  static bool is_better_with(const Size& size);

  std::array<Size, kSizes> sizes_{};
};

}  // namespace suan::engine
