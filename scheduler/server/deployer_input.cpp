// What a plan is made from: nodes, deployments, what is loaded; and for deployments that follow
// demand what nodes can do, what is asked, and what it costs.

#include <algorithm>
#include <cmath>
#include <utility>

#include "scheduler/placement/roofline.h"
#include "scheduler/server/deployer.h"

namespace suan::scheduler {

namespace {

// The 5% lower bound of a rate that follows from the machine's own measurements.
const double kRooflineLow = std::exp(-1.645 * kMicroLogSd);
constexpr double kCapacityMax = 1e12;

std::string device_class_of(const Hardware& hardware) {
  if (hardware.gpus.empty()) return hardware.cpu_model;
  return std::to_string(hardware.gpus.size()) + " x " + hardware.gpus.front().name;
}

/// How much more all slots of a loaded replica do together than one request alone.
double batch_gain(const NodeRecord& node, const ModelId& model) {
  for (const ReportedReplica& reported : node.replicas) {
    const ReplicaCapacity& capacity = reported.capacity;
    if (reported.model != model || capacity.decode_tokens_per_s <= 0) continue;
    return std::max(1.0, capacity.decode_tokens_per_s_full / capacity.decode_tokens_per_s);
  }
  return 1;
}

}  // namespace

PlanInput Deployer::input(const Moment& moment) const {
  PlanInput input;
  add_nodes(input, moment);
  add_deployments(input);
  for (const auto& [id, slot] : slots_)
    input.present.push_back({slot.node, slot.model});
  input.demands = parts_.demand.demands(parts_.catalog, moment.wall);
  for (const PlanDeployment& deployment : input.deployments) {
    if (!deployment.follows_demand) continue;
    for (const auto& [site, about] : parts_.catalog.sites) {
      const Offer* offer = parts_.catalog.offer_of(site, deployment.model);
      if (offer == nullptr) continue;
      input.offers.push_back({.site = site,
                              .model = deployment.model,
                              .p_per_etok = 1'000 * offer->output_n_per_token});
    }
  }
  return input;
}

void Deployer::add_nodes(PlanInput& input, const Moment& moment) const {
  for (const auto& [id, node] : parts_.membership.nodes()) {
    if (!may_hold(node)) continue;
    PlanNode& added = input.nodes.emplace_back();
    added.node = id;
    added.site = node.identity.site;
    added.memory_bytes = node.hardware.memory_bytes;
    added.device_class = device_class_of(node.hardware);
    added.round_trip = node.round_trip.median();
    for (const DepotModel& model : node.depot) {
      const auto known = parts_.catalog.models.find(model.model);
      const bool is_same =
          known != parts_.catalog.models.end() && known->second.about.digest == model.digest;
      if (!is_same) continue;
      added.models.push_back(model.model);
      if (follows_demand(model.model)) add_speed(node, model, moment, input);
    }
  }
}

/// By results where there are any, else by what the machine's memory can deliver.
void Deployer::add_speed(const NodeRecord& node,
                         const DepotModel& model,
                         const Moment& moment,
                         PlanInput& input) const {
  const auto believed = parts_.estimator.estimate(node.identity.node, model.model, moment.wall);
  const Roofline bound = roofline({.memory_read_gb_s = node.measured.memory_read_gb_s},
                                  {.weight_bytes = static_cast<double>(model.weight_bytes)});
  const double low =
      believed ? believed->decode_tokens_per_s_low : kRooflineLow * bound.decode_tokens_per_s;
  const double etok_per_s = low * batch_gain(node, model.model);
  input.speeds.push_back(
      {.node = node.identity.node,
       .model = model.model,
       .capacity_milli = std::llround(std::clamp(1e3 * etok_per_s, 0.0, kCapacityMax))});
}

void Deployer::add_deployments(PlanInput& input) const {
  std::vector<const Deployment*> oldest_first;
  for (const auto& [model, deployment] : deployments_)
    oldest_first.push_back(&deployment);
  std::stable_sort(oldest_first.begin(), oldest_first.end(),
                   [](const auto* a, const auto* b) { return a->created < b->created; });
  for (const Deployment* deployment : oldest_first) {
    PlanDeployment& added = input.deployments.emplace_back();
    added.model = deployment->model;
    added.sites = deployment->sites;
    added.follows_demand = deployment->follows_demand;
    added.memory_bytes = memory_for(deployment->model);
    if (deployment->replicas_max > 0) added.replicas_max = deployment->replicas_max;
  }
}

}  // namespace suan::scheduler
