#include "engine/batch/draft_pace.h"

#include <algorithm>
#include <cassert>

namespace suan::engine {
namespace {

constexpr uint32_t kRestMax = 64;

}  // namespace

uint32_t DraftPace::next() {
  if (rest_ == 0) return count_;
  --rest_;
  return 0;
}

void DraftPace::learn(uint32_t drafted, uint32_t kept) {
  assert(drafted > 0);
  assert(kept <= drafted);
  if (kept == drafted) {
    count_ = std::min(std::max(count_, drafted) * 2, most_);
    rest_next_ = 1;
  } else if (kept > 0) {
    count_ = std::max(kept, 1U);
    rest_next_ = 1;
  } else if (count_ > 1) {
    count_ /= 2;
  } else {
    rest_ = rest_next_;
    rest_next_ = std::min(rest_next_ * 2, kRestMax);
  }
}

}  // namespace suan::engine
