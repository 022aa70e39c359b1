#include "scheduler/planning/demand_problem.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace suan::scheduler {
namespace {

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

/// How a node is shared: whole, by halves, or by quarters.
int64_t quarters_for(uint64_t memory_bytes, uint64_t memory_left) {
  for (const int64_t part : {4, 2}) {
    if (memory_bytes <= memory_left / static_cast<uint64_t>(part)) return kDeviceMilli / part;
  }
  return kDeviceMilli;
}

class Building {
 public:
  explicit Building(const PlanInput& input)
      : input_(input), present_(input.present.begin(), input.present.end()) {
    for (const PlanSpeed& each : input.speeds)
      speeds_[{each.node, each.model}] = std::min(each.capacity_milli, kCapacityMax);
    for (const PlanOffer& each : input.offers)
      offers_[{each.site, each.model}] = each.p_per_etok;
  }

  DemandProblem run(const std::vector<PlanDeployment>& deployments,
                    const std::vector<NodeRoom>& rooms) {
    add_pools(rooms);
    for (const PlanDeployment& deployment : deployments)
      add_service(deployment);
    return std::move(made_);
  }

 private:
  void add_pools(const std::vector<NodeRoom>& rooms) {
    std::map<std::pair<SiteId, std::string>, uint32_t> known;
    for (const NodeRoom& room : rooms) {
      const auto at = std::pair(room.node->site, room.node->device_class);
      const auto [found, is_new] = known.emplace(at, static_cast<uint32_t>(made_.pools.size()));
      if (is_new)
        made_.pools.push_back({.site = at.first, .device_class = at.second, .nodes = {}});
      made_.pools[found->second].nodes.push_back(room);
    }
    for (const DemandPool& pool : made_.pools)
      made_.problem.pools.push_back(
          {.devices_milli = kDeviceMilli * static_cast<int64_t>(pool.nodes.size())});
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
    std::vector<DemandChoice>& choices = made_.choices.emplace_back();
    for (uint32_t pool = 0; pool < made_.pools.size(); ++pool)
      add_option(deployment, pool, far, service, choices);
    made_.problem.services.push_back(std::move(service));
  }

  void add_option(const PlanDeployment& deployment,
                  uint32_t pool,
                  const std::vector<int64_t>& far,
                  ServiceDemand& service,
                  std::vector<DemandChoice>& choices) {
    DemandChoice choice{.pool = pool, .nodes = {}};
    uint64_t least_memory = UINT64_MAX;
    int64_t least_capacity = kCapacityMax;
    int64_t round_trip_ms = 0;
    uint32_t present = 0;
    for (const NodeRoom& room : made_.pools[pool].nodes) {
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
    const int64_t capacity = std::max<int64_t>(least_capacity * part / kDeviceMilli, 1);
    const double loading = load_cost(deployment, capacity);
    const auto parts = static_cast<uint32_t>(kDeviceMilli / part);
    service.options.push_back(
        {.pool = pool,
         .devices_milli = part,
         .capacity_milli = capacity,
         .fixed_n_per_s = static_cast<int64_t>(kAsRent * loading),
         .switch_n_per_s = static_cast<int64_t>(kAsSwitch * loading),
         .present = present * parts,
         .count_max = static_cast<uint32_t>(choice.nodes.size()) * parts});
    const auto offer = offers_.find({made_.pools[pool].site, deployment.model});
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

  const PlanInput& input_;
  std::set<PlanReplica> present_;
  std::map<std::pair<NodeId, ModelId>, int64_t> speeds_;
  std::map<std::pair<SiteId, ModelId>, int64_t> offers_;
  DemandProblem made_;
};

}  // namespace

DemandProblem demand_problem(const PlanInput& input,
                             const std::vector<PlanDeployment>& deployments,
                             const std::vector<NodeRoom>& rooms) {
  return Building(input).run(deployments, rooms);
}

}  // namespace suan::scheduler
