#include "scheduler/planning/certify.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

// Nothing of plan.cpp is used here: a fault there must not hide itself.

namespace suan::scheduler {

namespace {

class Certifying {
 public:
  Certifying(const PlanInput& input, const Plan& plan) : input_(input), plan_(plan) {
    for (const PlanNode& node : input.nodes) {
      nodes_[node.node] = &node;
    }
    for (const PlanDeployment& deployment : input.deployments) {
      deployments_.emplace(deployment.model, &deployment);
    }
  }

  Certificate run() {
    check_each_replica();
    check_memory();
    check_counts();
    check_moves();
    check_shares();
    return std::move(certificate_);
  }

 private:
  template <class... Args>
  void fault(fmt::format_string<Args...> format, Args&&... args) {
    certificate_.faults.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void check_each_replica() {
    std::set<PlanReplica> seen;
    for (const PlanReplica& replica : plan_.replicas) {
      const std::string& node = replica.node.value();
      const std::string& model = replica.model.value();
      if (!seen.insert(replica).second) {
        fault("model {} stands twice on node {}", model, node);
      }
      if (!nodes_.contains(replica.node)) {
        fault("there is no node {}", node);
        continue;
      }
      if (!deployments_.contains(replica.model)) {
        fault("nobody deployed model {}", model);
        continue;
      }
      const PlanNode& at = *nodes_.at(replica.node);
      if (std::count(at.models.begin(), at.models.end(), replica.model) == 0) {
        fault("node {} does not have model {}", node, model);
      }
      const auto& sites = deployments_.at(replica.model)->sites;
      if (!sites.empty() && std::count(sites.begin(), sites.end(), at.site) == 0) {
        fault("model {} may not run at site {}", model, at.site.value());
      }
    }
  }

  void check_memory() {
    std::map<NodeId, uint64_t> taken;
    for (const PlanReplica& replica : plan_.replicas) {
      const auto node = nodes_.find(replica.node);
      const auto deployment = deployments_.find(replica.model);
      if (node == nodes_.end() || deployment == deployments_.end()) {
        continue;
      }
      uint64_t& sum = taken[replica.node];
      if (__builtin_add_overflow(sum, deployment->second->memory_bytes, &sum) ||
          sum > node->second->memory_bytes) {
        fault("node {} is promised more than its {} bytes", replica.node.value(),
              node->second->memory_bytes);
      }
    }
  }

  void check_counts() {
    std::map<ModelId, uint32_t> counts;
    for (const PlanReplica& replica : plan_.replicas) {
      ++counts[replica.model];
    }
    for (const auto& [model, deployment] : deployments_) {
      if (deployment->replicas_max && counts[model] > *deployment->replicas_max) {
        fault("model {} has {} replicas, at most {} are asked for", model.value(),
              counts[model], *deployment->replicas_max);
      }
    }
  }

  void check_moves() {
    std::set<PlanReplica> after(input_.present.begin(), input_.present.end());
    for (const PlanReplica& unload : plan_.unloads) {
      if (after.erase(unload) == 0) {
        fault("unloads model {} from node {}, where it is not", unload.model.value(),
              unload.node.value());
      }
    }
    for (const PlanReplica& load : plan_.loads) {
      if (!after.insert(load).second) {
        fault("loads model {} on node {}, where it is already", load.model.value(),
              load.node.value());
      }
    }
    if (after != std::set<PlanReplica>(plan_.replicas.begin(), plan_.replicas.end())) {
      fault("its moves do not lead from what is present to what is planned");
    }
    if (plan_.cost_moves != static_cast<int64_t>(plan_.loads.size() + plan_.unloads.size())) {
      fault("its cost is {}, but it makes {} moves", plan_.cost_moves,
            plan_.loads.size() + plan_.unloads.size());
    }
    for (const std::string& each : plan_.faults)
      fault("{}", each);
  }

  void check_shares() {
    std::set<std::pair<ModelId, SiteId>> served;
    for (const PlanReplica& replica : plan_.replicas) {
      if (const auto node = nodes_.find(replica.node); node != nodes_.end()) {
        served.emplace(replica.model, node->second->site);
      }
    }
    for (const PlanShare& share : plan_.shares) {
      if (share.share > 0 && served.erase({share.model, share.site}) == 0) {
        fault("model {} gets traffic at site {} without a replica there, or twice",
              share.model.value(), share.site.value());
      }
    }
    for (const auto& [model, site] : served) {
      fault("model {} gets no traffic at site {} for its replicas", model.value(),
            site.value());
    }
  }

  const PlanInput& input_;
  const Plan& plan_;
  std::map<NodeId, const PlanNode*> nodes_;
  std::map<ModelId, const PlanDeployment*> deployments_;
  Certificate certificate_;
};

}  // namespace

Certificate certify(const PlanInput& input, const Plan& plan) {
  return Certifying(input, plan).run();
}

Plan certified_plan(const PlanInput& input) {
  Plan result = plan(input);
  result.faults = certify(input, result).faults;
  return result;
}

}  // namespace suan::scheduler
