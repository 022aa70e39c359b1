#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/run_summary.h"
#include "bench/spec.h"
#include "catalog/types/measurement.h"

namespace suan::bench {

/// A node that can be measured.
struct BenchNode {
  SiteId site;
  NodeId node;

  friend auto operator<=>(const BenchNode&, const BenchNode&) = default;
};

struct PlannedExecution {
  uint32_t cell = 0;
  uint32_t execution = 0;
  uint32_t block = 0;
  BenchNode target;
  Duration deadline{};
};

/// The executions of a campaign in the order in which they must run: each block runs every cell
/// on every node once, in an order drawn from the seed, which pairs sites and spreads drift.
///
/// Errors:   NotFound    none of the sites asked for is ready
///           BadRequest  more executions, requests or seconds than the budget allows
[[nodiscard]] Result<std::vector<PlannedExecution>> plan_executions(
    const BenchSpec& spec, const std::string& nonce, std::vector<BenchNode> ready);

/// One execution that was sealed.
struct SealedRun {
  std::string run_id;
  PlannedExecution planned;
  std::string status;
  std::vector<std::string> flags;
  RunSummary summary;

  [[nodiscard]] bool is_valid() const { return status == "complete" && flags.empty(); }
};

/// What valid runs say about each node, at the cell of the lowest rate: for the catalog and the
/// estimator. A median over executions with its exact interval; nothing from fewer than two.
/// A row bears the id of the last run that it rests on.
[[nodiscard]] std::vector<Measurement> measurements_of(const BenchSpec& spec,
                                                       const std::vector<SealedRun>& runs,
                                                       WallTime at);

/// Every cell and node with its numbers, flags and excluded runs, as JSON for people's tables.
[[nodiscard]] std::string campaign_summary_json(const BenchSpec& spec,
                                                const std::string& campaign_id,
                                                const std::vector<SealedRun>& runs);

}  // namespace suan::bench
