#include "bench/baselines/allowed.h"

#include <algorithm>

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

namespace {

/// What the replica is believed to hold of the prompt: as ours believes it.
scheduler::CachedPrefix cached_at(const Asked& asked,
                                  const scheduler::Work& work,
                                  const ReplicaId& replica) {
  const auto holder = asked.load.prefixes().find(asked.request.prefix_hashes, asked.now);
  if (!holder || holder->replica != replica) return {};
  const uint64_t tokens = uint64_t{holder->blocks} * work.prefix_tokens_per_block_milli / 1000;
  return {.tokens = static_cast<uint32_t>(tokens), .is_holder = true};
}

}  // namespace

Placement placement_on(const Asked& asked, const Allowed& chosen, uint32_t replicas_allowed) {
  const scheduler::ModelRow& model = *asked.view.find_model(asked.request.model);
  const scheduler::Work work = scheduler::work_of(asked.request, model);
  const ReplicaRow& replica = asked.view.replicas()[chosen.index];
  const scheduler::NodeRow& node = asked.view.node_of(replica);
  const scheduler::CachedPrefix cached = cached_at(asked, work, replica.replica);
  const uint32_t hit = std::min(cached.tokens, std::max(work.prompt_tokens, 1U) - 1);
  const scheduler::Terms terms =
      scheduler::score(asked.request, work, replica, node, chosen.group->prices, *chosen.load,
                       cached, asked.now);
  Placement placement{.replica = replica.replica,
                      .node = node.node,
                      .site = asked.view.sites()[node.site].site,
                      .ttft_expected = Duration(terms.ttft_expected_us),
                      .demand = {.kv_tokens = work.kv_tokens(replica.context_tokens),
                                 .prefill_tokens = work.prompt_tokens - hit},
                      .prices = chosen.group->prices,
                      .view_id = asked.view.view_id(),
                      .estimate_id = asked.view.estimates()[replica.estimate].estimate_id};
  placement.considered.replicas_allowed = replicas_allowed;
  placement.considered.candidates.push_back({.replica = replica.replica,
                                             .index = chosen.index,
                                             .source = scheduler::Source::All,
                                             .terms = terms});
  return placement;
}

}  // namespace suan::bench
