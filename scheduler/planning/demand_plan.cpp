#include "scheduler/planning/demand_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/core.h>

#include "scheduler/planning/capacity/certify_capacity.h"
#include "scheduler/planning/capacity/plan_capacity.h"

namespace suan::scheduler {
namespace {

constexpr int64_t kDevice = 1000;  // thousandths
constexpr int64_t kFemtoPerNano = 1'000'000;
constexpr int64_t kCapacityMax = 1'000'000'000'000;
constexpr int64_t kPriceMax = 1'000'000'000'000;

// Every deployment is wanted, even if nobody asks: as if one etok a second were asked for at any
// price.
constexpr DemandCell kPresence{.demand_milli = 1000, .unmet_p_per_etok = kPriceMax};

// What loading costs: the device serves nobody meanwhile, at a yuan per million etok at least. It has
// to pay within half an hour, with a fifth to spare.
constexpr int64_t kLoadBytesPerS = 500'000'000;
constexpr int64_t kLoadLeastS = 2;
constexpr int64_t kLostNPerEtok = 1'000;
constexpr int64_t kHorizonS = 1'800;
constexpr double kToSpare = 1.2;
// Of that: what a part costs as rent, and what as a switch. Beyond what is loaded the two add up to
// all of it. Of what is loaded a part costs less than nothing: it stays until others need the room.
constexpr double kAsRent = 0.4;
constexpr double kAsSwitch = 0.6;

struct Pool {
  SiteId site;
  std::string device_class;
  std::vector<NodeRoom> nodes;
};

/// An option of the capacity problem, and the nodes that can make it true.
struct Choice {
  uint32_t pool = 0;
  std::vector<const PlanNode*> nodes;
};

/// How a node is shared: whole, by halves, or by quarters.
int64_t quarters_for(uint64_t memory_bytes, uint64_t memory_left) {
  for (const int64_t part : {4, 2}) {
    if (memory_bytes <= memory_left / static_cast<uint64_t>(part)) return kDevice / part;
  }
  return kDevice;
}

class DemandPlanning {
 public:
  DemandPlanning(const PlanInput& input,
                 const std::vector<PlanDeployment>& deployments,
                 const std::vector<NodeRoom>& rooms,
                 Plan& plan)
      : input_(input),
        deployments_(deployments),
        plan_(plan),
        present_(input.present.begin(), input.present.end()) {
    for (const PlanSpeed& each : input.speeds)
      speeds_[{each.node, each.model}] = std::min(each.capacity_milli, kCapacityMax);
    for (const PlanOffer& each : input.offers)
      offers_[{each.site, each.model}] = each.p_per_etok;
    add_pools(rooms);
  }

  void run() {
    for (const PlanDeployment& deployment : deployments_)
      add_service(deployment);
    const auto solved = plan_capacity(problem_);
    if (!solved) {
      plan_.faults.push_back(solved.error().message);
      return;
    }
    plan_.faults = certify_capacity(problem_, *solved).faults;
    plan_.cost_n_per_s = static_cast<int64_t>(solved->cost_f_per_s / kFemtoPerNano);
    plan_.bound_n_per_s = static_cast<int64_t>(solved->bound_f_per_s / kFemtoPerNano);
    place_replicas(*solved);
    tell_traffic(*solved);
    tell_pools(*solved);
  }

 private:
  void add_pools(const std::vector<NodeRoom>& rooms) {
    std::map<std::pair<SiteId, std::string>, uint32_t> known;
    for (const NodeRoom& room : rooms) {
      const auto at = std::pair(room.node->site, room.node->device_class);
      const auto [found, is_new] = known.emplace(at, static_cast<uint32_t>(pools_.size()));
      if (is_new) pools_.push_back({.site = at.first, .device_class = at.second, .nodes = {}});
      pools_[found->second].nodes.push_back(room);
    }
    for (const Pool& pool : pools_)
      problem_.pools.push_back(
          {.devices_milli = kDevice * static_cast<int64_t>(pool.nodes.size())});
  }

  void add_service(const PlanDeployment& deployment) {
    ServiceDemand service{.cells = {kPresence}, .options = {}, .cost_p_per_etok = {}};
    std::vector<int64_t> far{0};  // per cell: what a millisecond is worth
    for (const PlanDemand& demand : input_.demands) {
      if (demand.model != deployment.model) continue;
      service.cells.push_back(
          {.demand_milli = std::clamp<int64_t>(demand.demand_milli, 0, kCapacityMax),
           .unmet_p_per_etok = std::clamp<int64_t>(demand.unmet_p_per_etok, 0, kPriceMax)});
      far.push_back(std::max<int64_t>(demand.far_p_per_etok_ms, 0));
    }
    std::vector<Choice>& choices = choices_.emplace_back();
    for (uint32_t pool = 0; pool < pools_.size(); ++pool)
      add_option(deployment, pool, far, service, choices);
    problem_.services.push_back(std::move(service));
  }

  void add_option(const PlanDeployment& deployment,
                  uint32_t pool,
                  const std::vector<int64_t>& far,
                  ServiceDemand& service,
                  std::vector<Choice>& choices) {
    Choice choice{.pool = pool, .nodes = {}};
    uint64_t least_memory = UINT64_MAX;
    int64_t least_capacity = kCapacityMax;
    int64_t round_trip_ms = 0;
    uint32_t present = 0;
    for (const NodeRoom& room : pools_[pool].nodes) {
      const auto speed = speeds_.find({room.node->node, deployment.model});
      if (speed == speeds_.end() || speed->second <= 0 || !may_run(deployment, room)) continue;
      choice.nodes.push_back(room.node);
      least_memory = std::min(least_memory, room.memory_left);
      least_capacity = std::min(least_capacity, speed->second);
      round_trip_ms = std::max<int64_t>(round_trip_ms, room.node->round_trip / 1ms);
      present += present_.contains({room.node->node, deployment.model}) ? 1 : 0;
    }
    if (choice.nodes.empty()) return;
    const int64_t part = quarters_for(deployment.memory_bytes, least_memory);
    const int64_t capacity = std::max<int64_t>(least_capacity * part / kDevice, 1);
    const double loading = load_cost(deployment, capacity);
    const auto parts = static_cast<uint32_t>(kDevice / part);
    service.options.push_back(
        {.pool = pool,
         .devices_milli = part,
         .capacity_milli = capacity,
         .fixed_n_per_s = static_cast<int64_t>(kAsRent * loading),
         .switch_n_per_s = static_cast<int64_t>(kAsSwitch * loading),
         .present = present * parts,
         .count_max = static_cast<uint32_t>(choice.nodes.size()) * parts});
    const auto offer = offers_.find({pools_[pool].site, deployment.model});
    const int64_t price =
        offer == offers_.end() ? 0 : std::clamp<int64_t>(offer->second, 0, kPriceMax);
    for (const int64_t each : far) {
      const Wide cost = price + Wide{each} * round_trip_ms;
      service.cost_p_per_etok.push_back(static_cast<int64_t>(std::min<Wide>(cost, kPriceMax)));
    }
    choices.push_back(std::move(choice));
  }

  [[nodiscard]] static bool may_run(const PlanDeployment& deployment, const NodeRoom& room) {
    const auto& models = room.node->models;
    const auto& sites = deployment.sites;
    return room.memory_left >= deployment.memory_bytes &&
           std::ranges::find(models, deployment.model) != models.end() &&
           (sites.empty() || std::ranges::find(sites, room.node->site) != sites.end());
  }

  /// Nano-yuan per second, for a part of a device that serves `capacity_milli`.
  [[nodiscard]] static double load_cost(const PlanDeployment& deployment,
                                        int64_t capacity_milli) {
    const double seconds = static_cast<double>(kLoadLeastS) +
                           static_cast<double>(deployment.memory_bytes) / kLoadBytesPerS;
    const double lost = seconds * static_cast<double>(capacity_milli) / 1e3 * kLostNPerEtok;
    return std::min(1e15, kToSpare * lost / kHorizonS);
  }

  /// Large parts first: what is left of a node is always whole halves, then whole quarters.
  void place_replicas(const CapacityPlan& solved) {
    std::vector<std::tuple<int64_t, size_t, size_t>> order;  // part (negative), service, option
    for (size_t service = 0; service < choices_.size(); ++service) {
      for (size_t option = 0; option < choices_[service].size(); ++option)
        order.emplace_back(-problem_.services[service].options[option].devices_milli, service,
                           option);
    }
    std::ranges::sort(order);
    for (const auto& [part, service, option] : order)
      place_parts(service, option, solved.services[service].counts[option]);
    for (size_t service = 0; service < choices_.size(); ++service)
      tell_shortage(service);
  }

  void place_parts(size_t service, size_t option, int64_t parts) {
    const ModelId& model = deployments_[service].model;
    const int64_t part = problem_.services[service].options[option].devices_milli;
    std::vector<const PlanNode*> nodes = choices_[service][option].nodes;
    // Those that have it loaded, then the emptiest: fewer loads, and room for whole devices elsewhere.
    std::ranges::stable_sort(nodes, {}, [&](const PlanNode* node) {
      return std::pair(!present_.contains({node->node, model}), taken_[node->node]);
    });
    for (const PlanNode* node : nodes) {
      int64_t& taken = taken_[node->node];
      const int64_t here = std::min(parts, (kDevice - taken) / part);
      if (here <= 0) continue;
      taken += here * part;
      parts -= here;
      taken_of_pool_[choices_[service][option].pool] += here * part;
      plan_.replicas.push_back({.node = node->node, .model = model});
      replicas_at_[{model, node->site}] += 1;
    }
    left_over_[service] += parts;
  }

  void tell_shortage(size_t service) {
    const PlanDeployment& deployment = deployments_[service];
    if (choices_[service].empty()) {
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

  /// A site's share is the traffic that it is planned to serve.
  void tell_traffic(const CapacityPlan& solved) {
    std::map<std::pair<ModelId, SiteId>, uint64_t> shares;
    for (const auto& [at, replicas] : replicas_at_)
      shares[at] = 1;
    for (size_t service = 0; service < choices_.size(); ++service) {
      const ServiceDemand& demand = problem_.services[service];
      const ServicePlan& planned = solved.services[service];
      const ModelId& model = deployments_[service].model;
      const size_t cells = demand.cells.size();
      for (size_t i = 0; i < planned.flow_milli.size(); ++i) {
        const auto at = shares.find({model, pools_[choices_[service][i / cells].pool].site});
        if (at != shares.end()) at->second += static_cast<uint64_t>(planned.flow_milli[i]);
      }
      PlanUnmet unmet{.model = model};
      for (size_t cell = 1; cell < cells; ++cell) {
        unmet.demand_milli += demand.cells[cell].demand_milli;
        unmet.unmet_milli += planned.unmet_milli[cell];
      }
      if (unmet.unmet_milli > 0) plan_.unmet.push_back(unmet);
    }
    for (const auto& [at, share] : shares)
      plan_.shares.push_back({.model = at.first, .site = at.second, .share = share});
  }

  void tell_pools(const CapacityPlan& solved) {
    for (uint32_t pool = 0; pool < pools_.size(); ++pool) {
      plan_.pools.push_back({.site = pools_[pool].site,
                             .device_class = pools_[pool].device_class,
                             .devices_milli = problem_.pools[pool].devices_milli,
                             .taken_milli = taken_of_pool_[pool],
                             .n_per_device_s = solved.prices.pool_n_per_device_s[pool]});
    }
  }

  const PlanInput& input_;
  const std::vector<PlanDeployment>& deployments_;
  Plan& plan_;
  std::set<PlanReplica> present_;
  std::map<std::pair<NodeId, ModelId>, int64_t> speeds_;
  std::map<std::pair<SiteId, ModelId>, int64_t> offers_;
  std::vector<Pool> pools_;
  CapacityProblem problem_;
  std::vector<std::vector<Choice>> choices_;  // per service and option
  std::map<NodeId, int64_t> taken_;           // thousandths of the node
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
