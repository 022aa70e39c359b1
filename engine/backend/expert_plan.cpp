#include "engine/backend/expert_plan.h"

namespace suan::engine {

void ExpertPlan::sort(const Routes& routes, size_t tokens, size_t experts) {
  const size_t pairs = tokens * routes.top_k;
  const int32_t* chosen = routes.chosen.get();

  // Counting sort: first[e + 1] counts, then becomes where expert e + 1 starts.
  first_.assign(experts + 1, 0);
  for (size_t pair = 0; pair < pairs; ++pair) {
    if (chosen[pair] != kNoExpert) ++first_[static_cast<size_t>(chosen[pair]) + 1];
  }
  active_.clear();
  for (size_t expert = 0; expert < experts; ++expert) {
    if (first_[expert + 1] > 0) active_.push_back(static_cast<uint32_t>(expert));
    first_[expert + 1] += first_[expert];
  }
  next_.assign(first_.begin(), first_.end());
  pairs_.resize(first_.back());
  for (size_t pair = 0; pair < pairs; ++pair) {
    if (chosen[pair] == kNoExpert) continue;
    pairs_[next_[static_cast<size_t>(chosen[pair])]++] = pair;
  }
}

}  // namespace suan::engine
