#include "scheduler/server/brake.h"

#include <algorithm>

namespace suan::scheduler {

bool Brake::allow_loss(uint32_t silent, uint32_t nodes, Time now) {
  while (!losses_.empty() && now - losses_.front() >= 1min)
    losses_.pop_front();
  const size_t per_minute = std::max(1U, nodes / 50);
  if (holds(silent, nodes) && losses_.size() >= per_minute) return false;
  losses_.push_back(now);
  // Without a hold any number may go; remember only as many as a hold would count.
  if (losses_.size() > per_minute) losses_.pop_front();
  return true;
}

}  // namespace suan::scheduler
