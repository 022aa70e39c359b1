#include "scheduler/planning/demand_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "scheduler/planning/capacity/certify_capacity.h"
#include "scheduler/planning/capacity/plan_capacity.h"

namespace suan::scheduler {
namespace {

int64_t nano_of(Wide femto) {
  return static_cast<int64_t>(std::min<Wide>(femto / kFemtoPerNano, INT64_MAX));
}

class DemandPlanning {
 public:
  DemandPlanning(const PlanInput& input,
                 const std::vector<PlanDeployment>& deployments,
                 const std::vector<NodeRoom>& rooms,
                 Plan& plan)
      : deployments_(deployments),
        plan_(plan),
        present_(input.present.begin(), input.present.end()),
        made_(demand_problem(input, deployments, rooms)) {}

  void run() {
    const auto solved = plan_capacity(made_.problem);
    if (!solved) {
      plan_.faults.push_back(solved.error().message);
      return;
    }
    plan_.faults = certify_capacity(made_.problem, *solved).faults;
    plan_.cost_n_per_s = nano_of(solved->cost_f_per_s);
    plan_.bound_n_per_s = nano_of(solved->bound_f_per_s);
    place_replicas(*solved);
    tell_traffic(*solved);
    tell_pools(*solved);
  }

 private:
  /// Large parts first: what is left of a node is always whole halves, then whole quarters.
  void place_replicas(const CapacityPlan& solved) {
    std::vector<std::tuple<int64_t, size_t, size_t>> order;  // part (negative), service, option
    for (size_t service = 0; service < made_.choices.size(); ++service) {
      for (size_t option = 0; option < made_.choices[service].size(); ++option)
        order.emplace_back(-made_.problem.services[service].options[option].devices_milli,
                           service, option);
    }
    std::ranges::sort(order);
    for (const auto& [part, service, option] : order)
      place_parts(service, option, solved.services[service].counts[option]);
    for (size_t service = 0; service < made_.choices.size(); ++service)
      tell_shortage(service);
  }

  void place_parts(size_t service, size_t option, int64_t parts) {
    const ModelId& model = deployments_[service].model;
    const int64_t part = made_.problem.services[service].options[option].devices_milli;
    std::vector<const PlanNode*> nodes = made_.choices[service][option].nodes;
    // Those that have it loaded, then the emptiest: fewer loads, and room for whole devices elsewhere.
    std::ranges::stable_sort(nodes, {}, [&](const PlanNode* node) {
      return std::pair(!present_.contains({node->node, model}), taken_[node->node]);
    });
    for (const PlanNode* node : nodes) {
      int64_t& taken = taken_[node->node];
      const int64_t here = std::min(parts, (kDeviceMilli - taken) / part);
      if (here <= 0) continue;
      taken += here * part;
      parts -= here;
      taken_of_pool_[made_.choices[service][option].pool] += here * part;
      plan_.replicas.push_back({.node = node->node, .model = model});
      replicas_at_[{model, node->site}] += 1;
    }
    left_over_[service] += parts;
  }

  void tell_shortage(size_t service) {
    const PlanDeployment& deployment = deployments_[service];
    if (made_.choices[service].empty()) {
      plan_.shortages.push_back(
          {.model = deployment.model,
           .wanted = 1,
           .placed = 0,
           .reason =
               fmt::format("no node at the allowed sites has model {}, {} bytes free and a "
                           "known speed",
                           deployment.model.value(), deployment.memory_bytes)});
    } else if (left_over_[service] > 0) {
      plan_.shortages.push_back(
          {.model = deployment.model,
           .wanted = static_cast<uint32_t>(left_over_[service]),
           .placed = 0,
           .reason = fmt::format("{} parts of model {} found no node", left_over_[service],
                                 deployment.model.value())});
    }
  }

  /// A site's share is the traffic that it is planned to serve, in etok/s; one at least.
  void tell_traffic(const CapacityPlan& solved) {
    std::map<std::pair<ModelId, SiteId>, uint64_t> shares;
    for (const auto& [at, replicas] : replicas_at_)
      shares[at] = 0;
    for (size_t service = 0; service < made_.choices.size(); ++service) {
      const ServiceDemand& demand = made_.problem.services[service];
      const ServicePlan& planned = solved.services[service];
      const ModelId& model = deployments_[service].model;
      const size_t cells = demand.cells.size();
      for (size_t i = 0; i < planned.flow_milli.size(); ++i) {
        const auto at =
            shares.find({model, made_.pools[made_.choices[service][i / cells].pool].site});
        if (at != shares.end()) at->second += static_cast<uint64_t>(planned.flow_milli[i]);
      }
      PlanUnmet unmet{.model = model};
      for (size_t cell = 1; cell < cells; ++cell) {
        unmet.demand_milli += demand.cells[cell].demand_milli;
        unmet.unmet_milli += planned.unmet_milli[cell];
      }
      if (unmet.unmet_milli > 0) plan_.unmet.push_back(unmet);
    }
    for (const auto& [at, milli] : shares)
      plan_.shares.push_back(
          {.model = at.first, .site = at.second, .share = std::max<uint64_t>(milli / 1000, 1)});
  }

  void tell_pools(const CapacityPlan& solved) {
    for (uint32_t pool = 0; pool < made_.pools.size(); ++pool) {
      plan_.pools.push_back({.site = made_.pools[pool].site,
                             .device_class = made_.pools[pool].device_class,
                             .devices_milli = made_.problem.pools[pool].devices_milli,
                             .taken_milli = taken_of_pool_[pool],
                             .n_per_device_s = solved.prices.pool_n_per_device_s[pool]});
    }
  }

  const std::vector<PlanDeployment>& deployments_;
  Plan& plan_;
  std::set<PlanReplica> present_;
  DemandProblem made_;
  std::map<NodeId, int64_t> taken_;  // thousandths of the node
  std::map<uint32_t, int64_t> taken_of_pool_;
  std::map<std::pair<ModelId, SiteId>, uint32_t> replicas_at_;
  std::map<size_t, int64_t> left_over_;  // per service: parts without a node
};

}  // namespace

void plan_by_demand(const PlanInput& input,
                    const std::vector<PlanDeployment>& deployments,
                    const std::vector<NodeRoom>& rooms,
                    Plan& plan) {
  if (deployments.empty()) return;
  DemandPlanning(input, deployments, rooms, plan).run();
}

}  // namespace suan::scheduler
