#pragma once

#include <cstdint>

namespace suan::node_agent {

/// Recognises repeated messages of one sender by their sequence numbers.
///
/// Remembers the 64 numbers up to the highest one. What lies further back counts as the first
/// message of a sender that began anew, since no connection reorders that far.
/// Source:   RFC 4303, section 3.4.3 (anti-replay window)
class SeqFilter {
 public:
  /// True for a number not seen before; 0 (not numbered) always passes. A greater
  /// `scheduler_epoch` begins a new window.
  [[nodiscard]] bool is_new(uint64_t scheduler_epoch, uint64_t seq);

 private:
  uint64_t epoch_ = 0;
  uint64_t highest_ = 0;
  uint64_t seen_ = 0;  // bit n: highest_ - n was seen
};

}  // namespace suan::node_agent
