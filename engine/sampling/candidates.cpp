#include "engine/sampling/candidates.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace suan::engine {
namespace {

bool is_more_typical(const Candidate& a, const Candidate& b) {
  return a.surprise != b.surprise ? a.surprise < b.surprise : is_likelier(a, b);
}

double sum_of(const Candidate* begin, const Candidate* end) {
  double sum = 0;
  for (; begin != end; ++begin)
    sum += static_cast<double>(begin->weight);
  return sum;
}

/// The candidate with which those in front of it, in the order `is_before`, reach `target`; the
/// last if they never do. Reorders; linear, since the half that does not matter is dropped.
template <class IsBefore>
Candidate border_of(Candidates& candidates, double target, IsBefore is_before) {
  constexpr ptrdiff_t kFew = 48;
  constexpr int kRoundsMax = 64;  // then sorting is not slower
  Candidate* begin = candidates.data();
  Candidate* end = begin + candidates.size();
  double before = 0;
  for (int round = 0; end - begin > kFew && round < kRoundsMax; ++round) {
    Candidate* middle = begin + (end - begin) / 2;
    Candidate pivots[3] = {*begin, *middle, *(end - 1)};
    std::sort(pivots, pivots + 3, is_before);
    const Candidate pivot = pivots[1];  // something is before it, itself is not
    Candidate* cut =
        std::partition(begin, end, [&](const Candidate& one) { return is_before(one, pivot); });
    const double front = sum_of(begin, cut);
    if (before + front >= target) {
      end = cut;
    } else {
      before += front;
      begin = cut;
    }
  }
  std::sort(begin, end, is_before);
  for (; begin + 1 < end; ++begin) {
    before += static_cast<double>(begin->weight);
    if (before >= target) break;
  }
  return *begin;
}

template <class IsBefore>
void keep_up_to(Candidates& candidates, const Candidate& border, IsBefore is_before) {
  std::erase_if(candidates, [&](const Candidate& one) { return is_before(border, one); });
}

}  // namespace

void keep_likeliest(Candidates& candidates, size_t count, Candidates& room) {
  if (count >= candidates.size()) return;
  assert(count > 0);
  room = candidates;
  const auto last = room.begin() + static_cast<ptrdiff_t>(count - 1);
  std::nth_element(room.begin(), last, room.end(), is_likelier);
  keep_up_to(candidates, Candidate(*last), is_likelier);
}

void keep_share(Candidates& candidates, double share, double total, Candidates& room) {
  if (candidates.size() < 2) return;
  room = candidates;
  const Candidate border = border_of(room, share * total, is_likelier);
  keep_up_to(candidates, border, is_likelier);
}

void keep_typical(Candidates& candidates,
                  double share,
                  double temperature,
                  double highest,
                  Candidates& room) {
  std::erase_if(candidates, [](const Candidate& one) { return one.weight == 0; });
  if (candidates.size() < 2) return;
  const double total = sum_of(candidates.data(), candidates.data() + candidates.size());
  const double log_total = std::log(total);
  const auto surprise_of = [&](const Candidate& one) {
    return log_total - (static_cast<double>(one.logit) - highest) / temperature;
  };
  double expected = 0;
  for (const Candidate& one : candidates)
    expected += static_cast<double>(one.weight) / total * surprise_of(one);
  for (Candidate& one : candidates)
    one.surprise = static_cast<float>(std::abs(surprise_of(one) - expected));
  room = candidates;
  const Candidate border = border_of(room, share * total, is_more_typical);
  keep_up_to(candidates, border, is_more_typical);
}

int32_t candidate_at(const Candidates& candidates, double point) {
  assert(!candidates.empty());
  double left = point * sum_of(candidates.data(), candidates.data() + candidates.size());
  for (const Candidate& candidate : candidates) {
    left -= static_cast<double>(candidate.weight);
    if (left < 0) return candidate.token;
  }
  // Rounding can leave a crumb; never give it to a candidate of weight 0.
  return std::ranges::min_element(candidates, is_likelier)->token;
}

}  // namespace suan::engine
