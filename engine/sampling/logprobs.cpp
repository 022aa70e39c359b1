#include "engine/sampling/logprobs.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace suan::engine {

double log_sum_exp(std::span<const float> logits) {
  assert(!logits.empty());
  const double highest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits)
    sum += std::exp(logit - highest);
  return highest + std::log(sum);
}

float logprob_of(std::span<const float> logits, int32_t token) {
  return static_cast<float>(logits[static_cast<size_t>(token)] - log_sum_exp(logits));
}

std::vector<TokenLogprob> top_logprobs(std::span<const float> logits, uint32_t count) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto likelier = [&](int32_t a, int32_t b) {
    const float logit_a = logits[static_cast<size_t>(a)];
    const float logit_b = logits[static_cast<size_t>(b)];
    return logit_a != logit_b ? logit_a > logit_b : a < b;
  };
  const auto middle = ids.begin() + static_cast<ptrdiff_t>(std::min<size_t>(count, ids.size()));
  std::partial_sort(ids.begin(), middle, ids.end(), likelier);

  const double total = log_sum_exp(logits);
  std::vector<TokenLogprob> top;
  for (auto id = ids.begin(); id != middle; ++id) {
    top.push_back({*id, static_cast<float>(logits[static_cast<size_t>(*id)] - total)});
  }
  return top;
}

}  // namespace suan::engine
