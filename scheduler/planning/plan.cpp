#include "scheduler/planning/plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include <fmt/core.h>

namespace suan::scheduler {

namespace {

bool is_listed(const auto& list, const auto& item) {
  return std::ranges::find(list, item) != list.end();
}

/// The plan while it grows: chosen replicas and the memory that is left.
class Planning {
 public:
  explicit Planning(const PlanInput& input) : nodes_(input.nodes) {
    std::ranges::sort(nodes_, {}, &PlanNode::node);
    for (const PlanNode& node : nodes_) {
      memory_left_[node.node] = node.memory_bytes;
    }
  }

  /// Takes nodes for `deployment` until it has enough or no `candidate` fits any more.
  void fill(const PlanDeployment& deployment, const auto& is_candidate) {
    while (!has_enough(deployment)) {
      const PlanNode* best = nullptr;
      for (const PlanNode& node : nodes_) {
        if (is_candidate(node) && fits(deployment, node) &&
            (best == nullptr || rank(deployment, node) < rank(deployment, *best))) {
          best = &node;
        }
      }
      if (best == nullptr) {
        return;
      }
      replicas_.insert({.node = best->node, .model = deployment.model});
      memory_left_[best->node] -= deployment.memory_bytes;
      ++at_site_[{deployment.model, best->site}];
      ++placed_[deployment.model];
    }
  }

  [[nodiscard]] uint32_t placed(const ModelId& model) const {
    const auto found = placed_.find(model);
    return found == placed_.end() ? 0 : found->second;
  }

  [[nodiscard]] const std::set<PlanReplica>& replicas() const { return replicas_; }

  [[nodiscard]] const auto& at_site() const { return at_site_; }

 private:
  [[nodiscard]] bool has_enough(const PlanDeployment& deployment) const {
    return deployment.replicas_max && placed(deployment.model) >= *deployment.replicas_max;
  }

  [[nodiscard]] bool fits(const PlanDeployment& deployment, const PlanNode& node) const {
    return is_listed(node.models, deployment.model) &&
           (deployment.sites.empty() || is_listed(deployment.sites, node.site)) &&
           !replicas_.contains({.node = node.node, .model = deployment.model}) &&
           memory_left_.at(node.node) >= deployment.memory_bytes;
  }

  /// Sites with fewer replicas first, then nodes with more room; nodes are sorted by id.
  [[nodiscard]] std::tuple<uint32_t, uint64_t> rank(const PlanDeployment& deployment,
                                                    const PlanNode& node) const {
    const auto found = at_site_.find({deployment.model, node.site});
    const uint32_t already = found == at_site_.end() ? 0 : found->second;
    return {already, UINT64_MAX - memory_left_.at(node.node)};
  }

  std::vector<PlanNode> nodes_;
  std::map<NodeId, uint64_t> memory_left_;
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
  Planning planning(input);
  // What runs stays where it is, for every deployment, before anything new takes its room.
  for (const PlanDeployment& deployment : deployments) {
    planning.fill(deployment, [&](const PlanNode& node) {
      return is_listed(input.present,
                       PlanReplica{.node = node.node, .model = deployment.model});
    });
  }
  for (const PlanDeployment& deployment : deployments) {
    planning.fill(deployment, [](const PlanNode&) { return true; });
  }

  Plan result;
  result.replicas.assign(planning.replicas().begin(), planning.replicas().end());
  for (const auto& [where, count] : planning.at_site()) {
    result.shares.push_back({.model = where.first, .site = where.second, .share = count});
  }
  for (const PlanDeployment& deployment : deployments) {
    add_shortage(deployment, planning.placed(deployment.model), result);
  }
  add_moves(input, result);
  return result;
}

}  // namespace suan::scheduler
