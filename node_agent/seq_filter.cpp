#include "node_agent/seq_filter.h"

namespace suan::node_agent {

namespace {

constexpr uint64_t kWindow = 64;

}  // namespace

bool SeqFilter::is_new(uint64_t scheduler_epoch, uint64_t seq) {
  if (seq == 0) return true;
  const bool begins_anew =
      scheduler_epoch > epoch_ || (seq < highest_ && highest_ - seq >= kWindow);
  if (begins_anew) {
    epoch_ = scheduler_epoch > epoch_ ? scheduler_epoch : epoch_;
    highest_ = seq;
    seen_ = 1;
    return true;
  }
  if (seq > highest_) {
    const uint64_t ahead = seq - highest_;
    seen_ = ahead >= kWindow ? 1 : (seen_ << ahead) | 1U;
    highest_ = seq;
    return true;
  }
  const uint64_t bit = uint64_t{1} << (highest_ - seq);
  if ((seen_ & bit) != 0) return false;
  seen_ |= bit;
  return true;
}

}  // namespace suan::node_agent
