#pragma once

#include <cstdint>

namespace suan::scheduler {

/// What a machine can move and multiply.
struct MachineRates {
  double memory_read_gb_s = 0;
  double matrix_gflop_s = 0;
};

/// What one token costs: weights read (active experts only) and multiplications.
struct TokenCost {
  double weight_bytes = 0;
  double flop = 0;  // 2 per weight and token
};

/// The rate no implementation can exceed; 0 where the machine's rates are unknown.
struct Roofline {
  double decode_tokens_per_s = 0;   // one request alone: every weight is read per token
  double prefill_tokens_per_s = 0;  // bound by multiplications
};

/// Source:   Williams, Waterman, Patterson, "Roofline" (CACM 2009)
[[nodiscard]] Roofline roofline(const MachineRates& machine, const TokenCost& cost);

/// Does `measured` tokens/s exceed physics by more than 2%? Never for a model below four times
/// the last-level cache, which may run from there.
[[nodiscard]] bool is_beyond_roofline(double measured_decode_tokens_per_s,
                                      const Roofline& bound,
                                      double weight_bytes,
                                      double llc_bytes);

/// Distinct experts that a batch reads in one layer: E (1 - (1 - k/E)^B).
[[nodiscard]] double distinct_experts(double experts, double top_k, double batch);

}  // namespace suan::scheduler
