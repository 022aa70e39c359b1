#include "scheduler/placement/breaker.h"

#include <algorithm>

namespace suan::scheduler {

namespace {

constexpr uint32_t kFailuresToOpen = 5;
constexpr Duration kOpenFor = 10s;
constexpr Duration kOpenForMax = 300s;

}  // namespace

void Breaker::succeeded() {
  *this = Breaker();
}

void Breaker::failed(Time now) {
  if (is_open(now)) {
    return;  // the end of work that began before it opened
  }
  ++failures_in_a_row_;
  if (openings_ == 0 && failures_in_a_row_ < kFailuresToOpen) {
    return;
  }
  ++openings_;
  open_until_ = now + std::min(kOpenFor * openings_, kOpenForMax);
}

}  // namespace suan::scheduler
