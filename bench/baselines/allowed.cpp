#include "bench/baselines/allowed.h"

#include "scheduler/placement/rules.h"
#include "scheduler/placement/scores.h"
#include "scheduler/placement/work.h"

namespace suan::bench {

using scheduler::Placement;
using scheduler::ReplicaRow;
using scheduler::SiteGroup;

void find_allowed(const Asked& asked, std::vector<Allowed>& allowed) {
  allowed.clear();
  const scheduler::ModelRow* model = asked.view.find_model(asked.request.model);
  if (model == nullptr) return;
  const scheduler::Work work = scheduler::work_of(asked.request, *model);
  for (const SiteGroup& group : asked.view.groups_of(*model)) {
    for (uint32_t i = group.begin; i < group.end; ++i) {
      const ReplicaRow& replica = asked.view.replicas()[i];
      const scheduler::Load* load = asked.load.find(replica.replica);
      const scheduler::Question question{.request = asked.request,
                                         .view = asked.view,
                                         .group = group,
                                         .replica = replica,
                                         .node = asked.view.node_of(replica),
                                         .load = load,
                                         .work = work,
                                         .now = asked.now};
      if (!scheduler::first_refusal(question)) allowed.push_back({i, &group, load});
    }
  }
}

Placement placement_on(const Asked& asked, const Allowed& chosen) {
  const scheduler::ModelRow& model = *asked.view.find_model(asked.request.model);
  const scheduler::Work work = scheduler::work_of(asked.request, model);
  const ReplicaRow& replica = asked.view.replicas()[chosen.index];
  const scheduler::NodeRow& node = asked.view.node_of(replica);
  const scheduler::Terms terms = scheduler::score(
      asked.request, work, replica, node, chosen.group->prices, *chosen.load, {}, asked.now);
  Placement placement{.replica = replica.replica,
                      .node = node.node,
                      .site = asked.view.sites()[node.site].site,
                      .ttft_expected = Duration(terms.ttft_expected_us),
                      .demand = {.kv_tokens = work.kv_tokens(replica.context_tokens),
                                 .prefill_tokens = work.prompt_tokens},
                      .prices = chosen.group->prices,
                      .view_id = asked.view.view_id(),
                      .estimate_id = asked.view.estimates()[replica.estimate].estimate_id};
  placement.considered.replicas_allowed = 1;
  placement.considered.candidates.push_back({.replica = replica.replica,
                                             .index = chosen.index,
                                             .source = scheduler::Source::All,
                                             .terms = terms});
  return placement;
}

}  // namespace suan::bench
