#include <algorithm>
#include <cmath>

#include <boost/math/distributions/normal.hpp>

#include "bench/workload.h"

namespace suan::bench {

LengthTable length_table(const LengthSpec& spec) {
  LengthTable table{};
  const boost::math::normal normal;
  const double sigma = spec.kind == LengthSpec::Kind::Lognormal
                           ? std::log(spec.p95 / spec.p50) / boost::math::quantile(normal, 0.95)
                           : 0;
  const auto entries = static_cast<double>(table.size());
  for (size_t i = 0; i < table.size(); ++i) {
    const double p = (static_cast<double>(i) + 0.5) / entries;
    switch (spec.kind) {
      case LengthSpec::Kind::Fixed:
        table[i] = spec.value;
        break;
      case LengthSpec::Kind::Uniform:
        table[i] = spec.min + static_cast<uint32_t>(p * (spec.max - spec.min + 1.0));
        break;
      case LengthSpec::Kind::Lognormal: {
        const double length =
            std::round(std::exp(std::log(spec.p50) + sigma * boost::math::quantile(normal, p)));
        table[i] = static_cast<uint32_t>(
            std::clamp(length, static_cast<double>(spec.min), static_cast<double>(spec.max)));
        break;
      }
    }
  }
  return table;
}

}  // namespace suan::bench
