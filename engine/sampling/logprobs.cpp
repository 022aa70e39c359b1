#include "engine/sampling/logprobs.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "engine/sampling/weights.h"

namespace suan::engine {

double log_sum_exp(std::span<const float> logits) {
  assert(!logits.empty());
  const float highest = highest_of(logits);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
  std::array<float, 4096> room;
  double sum = 0;
  for (size_t begin = 0; begin < logits.size(); begin += room.size()) {
    const size_t size = std::min(room.size(), logits.size() - begin);
    sum += exponentials(logits.subspan(begin, size), highest, 1, std::span(room).first(size));
  }
  return static_cast<double>(highest) + std::log(sum);
}

float logprob_of(std::span<const float> logits, int32_t token) {
  return static_cast<float>(logits[static_cast<size_t>(token)] - log_sum_exp(logits));
}

std::vector<TokenLogprob> top_logprobs(std::span<const float> logits, uint32_t count) {
  std::vector<float> room;
  const float enough = reached_by(logits, count, room);
  std::vector<int32_t> ids;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] >= enough) ids.push_back(static_cast<int32_t>(i));
  }
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
