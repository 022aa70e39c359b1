#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/measurement.h"
#include "catalog/types/time.h"
#include "scheduler/placement/rate_filter.h"

namespace suan::scheduler {

/// What is believed about one model on one node, and which results say so.
///
/// Units:    tokens per second; `_low` is the 5% lower bound
struct Estimate {
  uint64_t estimate_id = 0;        // changes whenever a result is taken in
  double decode_tokens_per_s = 0;  // one request alone
  double decode_tokens_per_s_low = 0;
  double decode_log_sd = 0;
  double prefill_tokens_per_s = 0;
  double prefill_tokens_per_s_low = 0;
  double prefill_log_sd = 0;
  std::optional<double> ttft_ms;  // measured at low load over the users' path
  std::optional<double> tpot_ms;
  Evidence evidence = Evidence::Claim;  // the best that went in
  std::vector<std::string> run_ids;     // newest first; at most kRunsKept
  bool is_suspect = false;
};

/// Joins all evidence about every (node, model) into rates with their uncertainty.
///
/// Threads:  one owner (the scheduler loop).
class Estimator {
 public:
  static constexpr size_t kRunsKept = 8;

  /// The belief before any measurement, such as a roofline; the first call counts.
  void set_prior(const NodeId& node,
                 const ModelId& model,
                 double decode_tokens_per_s,
                 double prefill_tokens_per_s,
                 double log_sd,
                 WallTime at);

  /// Takes one result. A rate without prior becomes the prior itself. Results of machines
  /// (bandwidth, matrix rate) are no rates of a model: they are ignored here.
  void observe(const Measurement& measurement);

  /// Production that did not saturate the replica: "at least" `decode_tokens_per_s`.
  void observe_at_least(const NodeId& node,
                        const ModelId& model,
                        double decode_tokens_per_s,
                        WallTime at);

  /// Nothing: no decode rate is known of this model there.
  [[nodiscard]] std::optional<Estimate> estimate(const NodeId& node,
                                                 const ModelId& model,
                                                 WallTime now) const;

  /// Smoothed round trip between control plane and node (RFC 6298's gain of 1/8).
  [[nodiscard]] std::optional<Duration> round_trip(const NodeId& node) const;

  void forget(const NodeId& node);

 private:
  struct Entry {
    uint64_t estimate_id = 0;
    std::optional<RateFilter> decode;
    std::optional<RateFilter> prefill;
    std::optional<double> ttft_ms;
    std::optional<double> tpot_ms;
    Evidence evidence = Evidence::Claim;
    std::vector<std::string> run_ids;
    std::string decode_run_id;  // the last that moved `decode`
  };

  void take_decode(Entry& entry, const Measurement& measurement, double tokens_per_s);

  std::map<std::pair<NodeId, ModelId>, Entry> entries_;
  std::map<NodeId, Duration> round_trips_;
  uint64_t last_estimate_id_ = 0;
};

}  // namespace suan::scheduler
