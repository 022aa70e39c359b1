#include "scheduler/placement/roofline.h"

#include <cmath>

namespace suan::scheduler {

namespace {

constexpr double kTolerance = 1.02;  // clocks and counters are that exact
constexpr double kCacheShare = 4;    // below this many caches a model may partly live there

}  // namespace

Roofline roofline(const MachineRates& machine, const TokenCost& cost) {
  Roofline bound;
  if (machine.memory_read_gb_s > 0 && cost.weight_bytes > 0) {
    bound.decode_tokens_per_s = machine.memory_read_gb_s * 1e9 / cost.weight_bytes;
  }
  if (machine.matrix_gflop_s > 0 && cost.flop > 0) {
    bound.prefill_tokens_per_s = machine.matrix_gflop_s * 1e9 / cost.flop;
  }
  return bound;
}

bool is_beyond_roofline(double measured_decode_tokens_per_s,
                        const Roofline& bound,
                        double weight_bytes,
                        double llc_bytes) {
  if (bound.decode_tokens_per_s <= 0 || weight_bytes < kCacheShare * llc_bytes) {
    return false;
  }
  return measured_decode_tokens_per_s > kTolerance * bound.decode_tokens_per_s;
}

double distinct_experts(double experts, double top_k, double batch) {
  return experts * (1 - std::pow(1 - top_k / experts, batch));
}

}  // namespace suan::scheduler
