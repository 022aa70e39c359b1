#include "scheduler/planning/plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "scheduler/planning/demand_plan.h"

namespace suan::scheduler {

namespace {

bool is_listed(const auto& list, const auto& item) {
  return std::ranges::find(list, item) != list.end();
}

/// The plan while it grows: chosen replicas and the memory that is left.
class Planning {
 public:
  explicit Planning(const PlanInput& input) : present_(input.present) {
    std::ranges::sort(present_);
    for (const PlanNode& node : input.nodes)
      rooms_.push_back({.node = &node, .memory_left = node.memory_bytes});
    std::ranges::sort(rooms_, {},
                      [](const NodeRoom& room) -> const NodeId& { return room.node->node; });
  }

  /// Keeps what `deployment` has already, as far as it was asked for and fits.
  void keep(const PlanDeployment& deployment) {
    fill(deployment, [this, &deployment](const PlanNode& node) {
      return std::ranges::binary_search(
          present_, PlanReplica{.node = node.node, .model = deployment.model});
    });
  }

  /// Takes nodes for `deployment` until it has enough or none fits any more.
  void complete(const PlanDeployment& deployment) {
    fill(deployment, [](const PlanNode&) { return true; });
  }

  [[nodiscard]] uint32_t placed(const ModelId& model) const {
    const auto found = placed_.find(model);
    return found == placed_.end() ? 0 : found->second;
  }

  [[nodiscard]] const std::set<PlanReplica>& replicas() const { return replicas_; }

  [[nodiscard]] const auto& at_site() const { return at_site_; }

  [[nodiscard]] const std::vector<NodeRoom>& rooms() const { return rooms_; }

 private:
  /// A node that may take one more replica of the deployment in question.
  struct Candidate {
    NodeRoom* room;
    uint32_t* at_its_site;  // replicas of the model there
  };

  void fill(const PlanDeployment& deployment, const auto& is_wanted) {
    std::vector<Candidate> candidates;
    for (NodeRoom& room : rooms_) {
      if (!is_allowed(deployment, *room.node) || !is_wanted(*room.node)) continue;
      candidates.push_back({&room, &at_site_[{deployment.model, room.node->site}]});
    }
    while (!has_enough(deployment)) {
      const auto best = best_of(candidates, deployment.memory_bytes);
      if (best == candidates.end()) return;
      replicas_.insert({.node = best->room->node->node, .model = deployment.model});
      best->room->memory_left -= deployment.memory_bytes;
      ++*best->at_its_site;
      ++placed_[deployment.model];
      candidates.erase(best);
    }
  }

  [[nodiscard]] bool has_enough(const PlanDeployment& deployment) const {
    return deployment.replicas_max && placed(deployment.model) >= *deployment.replicas_max;
  }

  [[nodiscard]] bool is_allowed(const PlanDeployment& deployment, const PlanNode& node) const {
    return is_listed(node.models, deployment.model) &&
           (deployment.sites.empty() || is_listed(deployment.sites, node.site)) &&
           !replicas_.contains({.node = node.node, .model = deployment.model});
  }

  /// Sites with fewer replicas first, then nodes with more room; candidates are sorted by id.
  static std::vector<Candidate>::iterator best_of(std::vector<Candidate>& candidates,
                                                  uint64_t memory_bytes) {
    const auto rank = [](const Candidate& each) {
      return std::pair(*each.at_its_site, UINT64_MAX - each.room->memory_left);
    };
    auto best = candidates.end();
    for (auto each = candidates.begin(); each != candidates.end(); ++each) {
      if (each->room->memory_left < memory_bytes) continue;
      if (best == candidates.end() || rank(*each) < rank(*best)) best = each;
    }
    return best;
  }

  std::vector<PlanReplica> present_;
  std::vector<NodeRoom> rooms_;
  std::set<PlanReplica> replicas_;
  std::map<std::pair<ModelId, SiteId>, uint32_t> at_site_;
  std::map<ModelId, uint32_t> placed_;
};

std::vector<PlanDeployment> unique_deployments(const PlanInput& input) {
  std::vector<PlanDeployment> deployments;
  for (const PlanDeployment& each : input.deployments) {
    if (std::ranges::find(deployments, each.model, &PlanDeployment::model) ==
        deployments.end()) {
      deployments.push_back(each);
    }
  }
  return deployments;
}

void add_moves(const PlanInput& input, Plan& plan) {
  const std::set<PlanReplica> present(input.present.begin(), input.present.end());
  std::ranges::set_difference(plan.replicas, present, std::back_inserter(plan.loads));
  std::ranges::set_difference(present, plan.replicas, std::back_inserter(plan.unloads));
  plan.cost_moves = static_cast<int64_t>(plan.loads.size() + plan.unloads.size());
}

void add_shortage(const PlanDeployment& deployment, uint32_t placed, Plan& plan) {
  const uint32_t wanted = deployment.replicas_max.value_or(1);
  if (placed >= wanted) {
    return;
  }
  plan.shortages.push_back(
      {.model = deployment.model,
       .wanted = wanted,
       .placed = placed,
       .reason =
           fmt::format("only {} nodes at the allowed sites have model {} and {} bytes free",
                       placed, deployment.model.value(), deployment.memory_bytes)});
}

}  // namespace

Plan plan(const PlanInput& input) {
  const std::vector<PlanDeployment> deployments = unique_deployments(input);
  std::vector<PlanDeployment> fixed;
  std::vector<PlanDeployment> following;
  for (const PlanDeployment& each : deployments)
    (each.follows_demand ? following : fixed).push_back(each);
  Planning planning(input);
  // What runs stays where it is, for every deployment, before anything new takes its room.
  for (const PlanDeployment& deployment : fixed)
    planning.keep(deployment);
  for (const PlanDeployment& deployment : fixed)
    planning.complete(deployment);

  Plan result;
  result.replicas.assign(planning.replicas().begin(), planning.replicas().end());
  for (const auto& [where, count] : planning.at_site()) {
    if (count == 0) continue;
    result.shares.push_back({.model = where.first, .site = where.second, .share = count});
  }
  for (const PlanDeployment& deployment : fixed) {
    add_shortage(deployment, planning.placed(deployment.model), result);
  }
  plan_by_demand(input, following, planning.rooms(), result);
  std::ranges::sort(result.replicas);
  add_moves(input, result);
  return result;
}

}  // namespace suan::scheduler
