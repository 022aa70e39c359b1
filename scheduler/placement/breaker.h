#pragma once

#include <cstdint>

#include "catalog/types/time.h"

namespace suan::scheduler {

/// Keeps work away from a replica that fails again and again, longer each time.
///
/// Closed until 5 failures in a row; then open for 10 s times the number of openings (at most
/// 300 s), then half open: it gets work, and one more failure opens it again.
class Breaker {
 public:
  void succeeded();
  void failed(Time now);

  [[nodiscard]] bool is_open(Time now) const { return openings_ > 0 && now < open_until_; }

  [[nodiscard]] bool is_half_open(Time now) const {
    return openings_ > 0 && now >= open_until_;
  }

 private:
  uint32_t failures_in_a_row_ = 0;
  uint32_t openings_ = 0;  // since the last success
  Time open_until_{};
};

}  // namespace suan::scheduler
