#pragma once

#include <cstdint>

namespace suan::engine {

/// How many tokens of one sequence are worth guessing, by what became of earlier guesses.
///
/// All kept: twice as many next time. None kept: half as many; below one it rests, twice as long
/// after each further failure.
class DraftPace {
 public:
  /// `most` 0: never any.
  explicit DraftPace(uint32_t most) : most_(most), count_(most > 0 ? 1 : 0) {}

  /// Tokens to guess for the next step; call it once per step.
  [[nodiscard]] uint32_t next();

  /// What became of a draft. Requires: drafted > 0; kept <= drafted
  void learn(uint32_t drafted, uint32_t kept);

 private:
  uint32_t most_;
  uint32_t count_;
  uint32_t rest_ = 0;  // steps without a draft
  uint32_t rest_next_ = 1;
};

}  // namespace suan::engine
