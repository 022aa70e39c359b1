#pragma once

#include <cstdint>
#include <vector>

#include "bench/scenario/scenario.h"

namespace suan::bench {

/// A request on even time, which knows no crowds.
struct Arrival {
  double even_s = 0;
  uint32_t prompt_tokens = 0;
  uint32_t output_tokens = 0;
  uint32_t first_block = 0;  // in Scenario::trace.blocks
  uint32_t blocks = 0;
  uint32_t lap = 0;  // Trace: how often it was played before; DayCurve: the client
};

struct MeanLengths {
  double prompt = 0;
  double output = 0;
};

/// What a load is on average, at speed 1.
struct ArrivalBasis {
  double rate_per_s = 1;
  MeanLengths lengths;
};

/// So many at the most: whoever draws as many has been cut off.
inline constexpr size_t kArrivalsMax = 6'000'000;

[[nodiscard]] ArrivalBasis arrival_basis(const Scenario& scenario);

/// All arrivals before `even_s`, by time, at a rate of `speed` times the basis.
///
/// A trace that is too short is played again. A gap of a day's curve ends with its window.
[[nodiscard]] std::vector<Arrival> draw_arrivals(const Scenario& scenario,
                                                 double speed,
                                                 double even_s,
                                                 uint64_t seed);

}  // namespace suan::bench
