#include "bench/stats/interval.h"

#include <cassert>

#include <boost/math/distributions/binomial.hpp>

namespace suan::bench {

RankInterval quantile_interval(std::span<const double> ascending, double q, double confidence) {
  assert(0 < q && q < 1);
  assert(0 < confidence && confidence < 1);
  const auto n = static_cast<uint64_t>(ascending.size());
  if (n == 0) {
    return {};
  }
  const boost::math::binomial_distribution<> count(static_cast<double>(n), q);
  // P(Bin(n,q) <= k-1): the chance that the k-th value lies above the quantile.
  const auto below = [&](uint64_t k) {
    return k == 0 ? 0.0 : boost::math::cdf(count, static_cast<double>(k - 1));
  };
  const double tail = (1 - confidence) / 2;

  RankInterval interval;
  while (interval.rank_low < n && below(interval.rank_low + 1) <= tail) {
    ++interval.rank_low;
  }
  uint64_t high = interval.rank_low + 1;
  while (high <= n && below(high) < 1 - tail) {
    ++high;
  }
  interval.rank_high = high <= n ? high : 0;
  if (interval.rank_low > 0) {
    interval.low = ascending[interval.rank_low - 1];
  }
  if (interval.rank_high > 0) {
    interval.high = ascending[interval.rank_high - 1];
  }
  if (interval.low && interval.high) {
    interval.coverage = below(interval.rank_high) - below(interval.rank_low);
  }
  return interval;
}

}  // namespace suan::bench
