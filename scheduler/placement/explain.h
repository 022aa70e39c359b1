#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/types/request.h"
#include "scheduler/placement/place.h"

namespace suan::scheduler {

/// One candidate in words and numbers; all that `suan explain` prints of it.
struct ExplainedCandidate {
  SiteId site;
  NodeId node;
  ReplicaId replica;
  std::string source;        // plan, prefix_holder, random, ...
  std::string refused_rule;  // empty: it was scored
  std::string refused_because;
  Terms terms;
  uint64_t estimate_id = 0;
  std::vector<std::string> run_ids;  // benchmark results relied on, newest first
};

struct ExplainedSite {
  SiteId site;
  std::string rule;
  std::string because;
};

/// A whole decision, ready to be written as JSON and kept.
struct Explanation {
  RequestId request;
  ModelId model;
  std::string policy;
  uint64_t view_id = 0;
  std::string reason;              // one sentence; for a refusal the error's message
  std::optional<uint32_t> chosen;  // index into `candidates`
  std::optional<uint32_t> runner_up;
  int64_t runner_up_gap_us = 0;
  std::vector<ExplainedCandidate> candidates;
  std::vector<ExplainedSite> refused_sites;
  uint32_t replicas_allowed = 0;
  std::string binding_rule;  // empty: nothing was refused
  std::string binding_because;
};

/// Why there, in one sentence for `Placed.reason`: the site, the expected time to first token
/// and its parts, who came second and why it lost, the benchmark run relied on.
[[nodiscard]] std::string reason(const RequestFacts& request,
                                 const Placement& placement,
                                 const ClusterView& view);

[[nodiscard]] Explanation explain(const RequestFacts& request,
                                  const Placement& placement,
                                  const ClusterView& view);

/// As above, for a request that was not placed.
[[nodiscard]] Explanation explain(const RequestFacts& request,
                                  const Considered& considered,
                                  const Error& error,
                                  const ClusterView& view);

}  // namespace suan::scheduler
