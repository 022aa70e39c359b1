#pragma once

#include <cstdint>

namespace suan::scheduler {

/// Recognises repeated messages of one peer by their numbers, in any order within 64.
///
/// A number far below the highest is that of a sender that began anew: connections reorder
/// little, and a replayed message also carries an old epoch.
/// Source:   RFC 4303, section 3.4.3 (anti-replay window)
class SeqWindow {
 public:
  /// True for a number not seen before; 0 (not numbered) always passes.
  [[nodiscard]] bool is_new(uint64_t seq) {
    if (seq == 0) return true;
    if (seq > highest_) {
      const uint64_t shift = seq - highest_;
      seen_ = shift >= kWidth ? 1 : (seen_ << shift) | 1U;
      highest_ = seq;
      return true;
    }
    const uint64_t back = highest_ - seq;
    if (back >= kWidth) {
      highest_ = seq;
      seen_ = 1;
      return true;
    }
    const uint64_t bit = uint64_t{1} << back;
    if ((seen_ & bit) != 0) return false;
    seen_ |= bit;
    return true;
  }

 private:
  static constexpr uint64_t kWidth = 64;
  uint64_t highest_ = 0;
  uint64_t seen_ = 0;
};

}  // namespace suan::scheduler
