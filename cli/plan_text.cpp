#include "cli/plan_text.h"

#include <set>
#include <utility>

#include <fmt/core.h>

#include "catalog/types/json.h"
#include "cli/client.h"
#include "cli/json_cell.h"
#include "cli/table.h"

namespace suan::cli {

namespace {

constexpr double kYuanPerHour = 3600 / 1e9;  // of a nano-yuan per second

const Json& list_of(const Json& plan, const char* name) {
  static const Json kNone = Json::array();
  const auto found = plan.find(name);
  return found != plan.end() && found->is_array() ? *found : kNone;
}

/// Replicas are told apart by both.
std::set<std::pair<std::string, std::string>> places_of(const Json& replicas) {
  std::set<std::pair<std::string, std::string>> places;
  for (const Json& each : replicas)
    places.emplace(json_cell(each, "model"), json_cell(each, "node"));
  return places;
}

void add_replicas(const Json& plan, bool is_terminal, std::string& text) {
  const auto loads = places_of(list_of(plan, "loads"));
  Table table({"MODEL", "NODE", "MOVE"});
  for (const auto& [model, node] : places_of(list_of(plan, "replicas")))
    table.add({model, node, loads.contains({model, node}) ? "load" : ""});
  for (const auto& [model, node] : places_of(list_of(plan, "unloads")))
    table.add({model, node, "unload"});
  text += table.text(is_terminal);
}

void add_shares(const Json& plan, bool is_terminal, std::string& text) {
  const Json& shares = list_of(plan, "shares");
  if (shares.empty()) return;
  Table table({"MODEL", "SITE", "SHARE"});
  for (const Json& each : shares)
    table.add({json_cell(each, "model"), json_cell(each, "site"), json_cell(each, "share")});
  text += "\n" + table.text(is_terminal);
}

void add_pools(const Json& plan, bool is_terminal, std::string& text) {
  const Json& pools = list_of(plan, "pools");
  if (pools.empty()) return;
  Table table({"SITE", "DEVICES OF", "COUNT", "TAKEN", "MARGINAL YUAN/H"});
  for (const Json& each : pools) {
    table.add({json_cell(each, "site"), json_cell(each, "device_class"),
               json_cell(each, "devices"), json_cell(each, "devices_taken"),
               json_cell(each, "shadow_price_yuan_per_h")});
  }
  text += "\n" + table.text(is_terminal);
}

double number_of(const Json& plan, const char* name) {
  const auto found = plan.find(name);
  return found != plan.end() && found->is_number() ? found->get<double>() : 0;
}

/// What the plan costs is told only where some deployment follows demand.
void add_cost(const Json& plan, std::string& text) {
  const auto cost = plan.find("cost_n_per_s");
  if (cost == plan.end() || !cost->is_number()) return;
  text += fmt::format("\nIt costs {:.6f} yuan/h; no plan costs less than {:.6f}",
                      number_of(plan, "cost_n_per_s") * kYuanPerHour,
                      number_of(plan, "bound_n_per_s") * kYuanPerHour);
  const auto gap = plan.find("gap");
  if (gap != plan.end() && gap->is_number())
    text += fmt::format(" (gap {:.2f} %)", 100 * gap->get<double>());
  text += ".\n";
}

void add_troubles(const Json& plan, std::string& text) {
  for (const Json& each : list_of(plan, "unmet")) {
    text += fmt::format("Of {} etok/s that {} is asked for, {} cannot be served.\n",
                        json_cell(each, "demand_etok_per_s"), json_cell(each, "model"),
                        json_cell(each, "unmet_etok_per_s"));
  }
  for (const Json& each : list_of(plan, "shortages"))
    text += fmt::format("{}: {}.\n", json_cell(each, "model"), json_cell(each, "reason"));
}

}  // namespace

std::string plan_text(const std::string& answer, bool is_colored) {
  const Result<Json> plan = parse_json(answer, kListingLimits);
  if (!plan || !plan->is_object() || !plan->contains("replicas"))
    throw Failure(1, "the network's answer is no plan");
  std::string text;
  add_replicas(*plan, is_colored, text);
  add_shares(*plan, is_colored, text);
  add_pools(*plan, is_colored, text);
  add_cost(*plan, text);
  add_troubles(*plan, text);
  return text;
}

}  // namespace suan::cli
