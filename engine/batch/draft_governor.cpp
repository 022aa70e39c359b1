#include "engine/batch/draft_governor.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace suan::engine {
namespace {

constexpr uint32_t kSamplesMin = 4;  // before a rate counts
constexpr uint32_t kTrialSteps = 4;
constexpr uint32_t kPauseMin = 64;
constexpr uint32_t kPauseMax = 4096;
constexpr double kNewShare = 0.25;
constexpr double kMargin = 1.03;  // a gain within the noise is none

}  // namespace

bool DraftGovernor::wants_drafts(uint32_t sequences) const {
  const Size& size = sizes_[size_of(sequences)];
  if (size.plain.samples < kSamplesMin) return false;
  if (size.drafted.samples < kSamplesMin) return true;
  return is_better_with(size) != (size.trial_left > 0);
}

void DraftGovernor::learn(uint32_t sequences,
                          bool had_drafts,
                          uint32_t tokens,
                          double seconds) {
  assert(seconds > 0);
  Size& size = sizes_[size_of(sequences)];
  Rate& rate = had_drafts ? size.drafted : size.plain;
  const bool was_better_with = is_better_with(size);
  const double measured = tokens / seconds;
  const double share = rate.samples == 0 ? 1 : kNewShare;
  rate.tokens_per_s += share * (measured - rate.tokens_per_s);
  rate.samples = std::min(rate.samples + 1, kSamplesMin);

  if (is_better_with(size) != was_better_with) {
    size.pause = kPauseMin;
    size.until_trial = kPauseMin;
    size.trial_left = 0;
  } else if (size.trial_left > 0) {
    if (--size.trial_left > 0) return;
    size.pause = std::min(size.pause * 2, kPauseMax);
    size.until_trial = size.pause;
  } else if (--size.until_trial == 0) {
    size.trial_left = kTrialSteps;
  }
}

size_t DraftGovernor::size_of(uint32_t sequences) {
  return std::min<size_t>(static_cast<size_t>(std::bit_width(sequences)), kSizes) -
         (sequences > 0 ? 1 : 0);
}

bool DraftGovernor::is_better_with(const Size& size) {
  return size.drafted.tokens_per_s > size.plain.tokens_per_s * kMargin;
}

}  // namespace suan::engine
