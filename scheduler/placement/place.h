#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "catalog/types/request.h"
#include "catalog/types/result.h"
#include "scheduler/placement/candidates.h"
#include "scheduler/placement/cluster_view.h"
#include "scheduler/placement/load_table.h"
#include "scheduler/placement/rules.h"
#include "scheduler/placement/scores.h"

namespace suan::scheduler {

/// A replica that was looked at: refused by a rule, or scored.
struct Candidate {
  ReplicaId replica;
  uint32_t index = 0;  // into ClusterView::replicas()
  Source source = Source::All;
  std::optional<Rule> refused;  // the first rule that said no
  Terms terms;
};

/// A site that the request's wishes exclude as a whole, or that does not serve the model.
struct RefusedSite {
  uint32_t site = 0;  // index into ClusterView::sites()
  Rule rule{};
};

/// Everything that was looked at for one request.
struct Considered {
  std::vector<Candidate> candidates;  // at most 12 that passed or were drawn, and a few more
  std::vector<RefusedSite> refused_sites;
  uint32_t replicas_allowed = 0;  // of the model, at the sites that the wishes allow
  uint32_t replicas_refused = 0;  // of those looked at
  /// For a placement: the rule that refused the best-scoring refused candidate. For a refusal:
  /// the single wish whose removal would help, else the commonest rule.
  std::optional<Rule> binding;
};

/// Where one request will run, and why there.
struct Placement {
  ReplicaId replica;
  NodeId node;
  SiteId site;
  Duration ttft_expected{};  // network + queue + prefill
  Demand demand;             // to reserve
  Prices prices;
  uint32_t chosen = 0;                // index into considered.candidates
  std::optional<uint32_t> runner_up;  // likewise
  int64_t runner_up_gap_us = 0;       // its score minus ours
  uint64_t view_id = 0;
  uint64_t estimate_id = 0;
  Considered considered;
};

/// Chooses the replica that should serve `request`: rules refuse, then scores rank.
///
/// Integers only and no clock, so equal arguments give equal placements everywhere.
/// `refused`, if given, receives what was looked at when the request cannot be placed.
/// Requires: `draw` comes from the caller's seeded sequence; a replay repeats it.
/// Errors:   UnknownModel   no such model service
///           Unsatisfiable  a wish that no site can meet; the message says what excludes what
///           NoCapacity     every replica is full now; the message gives the commonest rule
///           Unavailable    nothing that could serve is alive
[[nodiscard]] Result<Placement> place(const RequestFacts& request,
                                      const ClusterView& view,
                                      const LoadTable& load,
                                      Time now,
                                      uint64_t draw,
                                      Considered* refused = nullptr);

/// Whatever chooses as `place` does, and keeps its promises.
using PlaceFunction = std::function<Result<Placement>(const RequestFacts& request,
                                                      const ClusterView& view,
                                                      const LoadTable& load,
                                                      Time now,
                                                      uint64_t draw,
                                                      Considered* refused)>;

}  // namespace suan::scheduler
