#include "scheduler/placement/explain.h"

namespace suan::scheduler {

namespace {

ExplainedCandidate explained(const Candidate& candidate, const ClusterView& view) {
  const ReplicaRow& replica = view.replicas()[candidate.index];
  const Estimate& estimate = view.estimates()[replica.estimate];
  ExplainedCandidate result{.site = view.site_of(replica).site,
                            .node = view.node_of(replica).node,
                            .replica = candidate.replica,
                            .source = std::string(to_string(candidate.source)),
                            .terms = candidate.terms,
                            .estimate_id = estimate.estimate_id,
                            .run_ids = estimate.run_ids};
  if (candidate.refused) {
    result.refused_rule = to_string(*candidate.refused);
    result.refused_because = explain(*candidate.refused);
  }
  return result;
}

void add_refused_sites(const RequestFacts& request,
                       const Considered& considered,
                       const ClusterView& view,
                       std::vector<ExplainedSite>& sites) {
  const auto add = [&](const SiteRow& site, Rule rule) {
    sites.push_back({.site = site.site,
                     .rule = std::string(to_string(rule)),
                     .because = std::string(explain(rule))});
  };
  for (const RefusedSite& refused : considered.refused_sites) {
    add(view.sites()[refused.site], refused.rule);
  }
  const ModelRow* model = view.find_model(request.model);
  std::vector<bool> serves(view.sites().size());
  if (model != nullptr) {
    for (const SiteGroup& group : view.groups_of(*model)) {
      serves[group.site] = true;
    }
  }
  for (size_t i = 0; i < serves.size(); ++i) {
    if (!serves[i]) {
      add(view.sites()[i], Rule::ModelServed);
    }
  }
}

Explanation explain_considered(const RequestFacts& request,
                               const Considered& considered,
                               const ClusterView& view) {
  Explanation explanation{.request = request.request,
                          .model = request.model,
                          .policy = std::string(to_string(request.wishes.policy)),
                          .view_id = view.view_id(),
                          .replicas_allowed = considered.replicas_allowed};
  for (const Candidate& candidate : considered.candidates) {
    explanation.candidates.push_back(explained(candidate, view));
  }
  add_refused_sites(request, considered, view, explanation.refused_sites);
  if (considered.binding) {
    explanation.binding_rule = to_string(*considered.binding);
    explanation.binding_because = explain(*considered.binding);
  }
  return explanation;
}

}  // namespace

Explanation explain(const RequestFacts& request,
                    const Placement& placement,
                    const ClusterView& view) {
  Explanation explanation = explain_considered(request, placement.considered, view);
  explanation.reason = reason(request, placement, view);
  explanation.chosen = placement.chosen;
  explanation.runner_up = placement.runner_up;
  explanation.runner_up_gap_us = placement.runner_up_gap_us;
  return explanation;
}

Explanation explain(const RequestFacts& request,
                    const Considered& considered,
                    const Error& error,
                    const ClusterView& view) {
  Explanation explanation = explain_considered(request, considered, view);
  explanation.reason = error.message;
  return explanation;
}

}  // namespace suan::scheduler
