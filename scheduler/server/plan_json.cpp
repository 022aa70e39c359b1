#include "scheduler/server/plan_json.h"

#include <optional>
#include <string_view>
#include <vector>

#include "scheduler/server/json_text.h"

namespace suan::scheduler {

namespace {

constexpr double kYuanPerHour = 3600 / 1e9;  // of a nano-yuan per second

void write_plan_replicas(JsonText& json,
                         std::string_view name,
                         const std::vector<PlanReplica>& replicas) {
  json.key(name).begin_array();
  for (const PlanReplica& replica : replicas) {
    json.begin_object()
        .field("node", replica.node.value())
        .field("model", replica.model.value())
        .end_object();
  }
  json.end_array();
}

/// What the plan costs and is worth, as far as deployments follow demand.
void write_demand_plan(JsonText& json, const Plan& plan) {
  json.field("cost_n_per_s", plan.cost_n_per_s).field("bound_n_per_s", plan.bound_n_per_s);
  std::optional<double> gap;
  if (plan.bound_n_per_s.value_or(0) > 0) {
    gap = static_cast<double>(*plan.cost_n_per_s - *plan.bound_n_per_s) /
          static_cast<double>(*plan.bound_n_per_s);
  }
  json.field("gap", gap).key("pools").begin_array();
  for (const PlanPool& pool : plan.pools) {
    json.begin_object()
        .field("site", pool.site.value())
        .field("device_class", pool.device_class)
        .field("devices", static_cast<double>(pool.devices_milli) / 1e3)
        .field("devices_taken", static_cast<double>(pool.taken_milli) / 1e3)
        .field("shadow_price_yuan_per_h",
               static_cast<double>(pool.n_per_device_s) * kYuanPerHour)
        .end_object();
  }
  json.end_array().key("unmet").begin_array();
  for (const PlanUnmet& unmet : plan.unmet) {
    json.begin_object()
        .field("model", unmet.model.value())
        .field("demand_etok_per_s", static_cast<double>(unmet.demand_milli) / 1e3)
        .field("unmet_etok_per_s", static_cast<double>(unmet.unmet_milli) / 1e3)
        .end_object();
  }
  json.end_array();
}

}  // namespace

std::string plan_json(const Plan& plan, bool is_settled) {
  JsonText json;
  json.begin_object().field("is_settled", is_settled);
  write_plan_replicas(json, "replicas", plan.replicas);
  write_plan_replicas(json, "loads", plan.loads);
  write_plan_replicas(json, "unloads", plan.unloads);
  json.key("shares").begin_array();
  for (const PlanShare& share : plan.shares) {
    json.begin_object()
        .field("model", share.model.value())
        .field("site", share.site.value())
        .field("share", share.share)
        .end_object();
  }
  json.end_array().key("shortages").begin_array();
  for (const PlanShortage& shortage : plan.shortages) {
    json.begin_object()
        .field("model", shortage.model.value())
        .field("wanted", shortage.wanted)
        .field("placed", shortage.placed)
        .field("reason", shortage.reason)
        .end_object();
  }
  json.end_array().field("cost_moves", plan.cost_moves).field("bound", plan.bound_n_per_s);
  write_demand_plan(json, plan);
  json.end_object();
  return json.take();
}

}  // namespace suan::scheduler
