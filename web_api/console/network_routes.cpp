#include <array>
#include <string>
#include <utility>

#include "catalog/types/json.h"
#include "catalog/types/uuid.h"
#include "web_api/console/parts.h"
#include "web_api/console/passing.h"
#include "web_api/http/errors.h"

// What anybody with a key may read: the network, its measurements, and one's own decisions.

namespace suan::web_api {

namespace {

struct Listing {
  const char* path;
  const char* summary;
};

constexpr std::array<Listing, 10> kListings = {{
    {"sites", "Compute centres, with their live load"},
    {"nodes", "Machines: state, hardware, round trip"},
    {"links", "Round trips between sites"},
    {"offers", "Prices per site and model"},
    {"models", "Models known to the network"},
    {"replicas", "Models loaded on nodes, with their load"},
    {"deployments", "Which models are wanted, and where"},
    {"plan", "The plan in force"},
    {"plan/proposed", "What a plan would be now"},
    {"benchmarks/runs", "Benchmark campaigns, the newest first"},
}};

void list(Gateway& gateway,
          const char* path,
          const Request& request,
          std::shared_ptr<Reply> reply) {
  if (const auto fine = check_query(request, {}); !fine) {
    return reply->send(error_answer(fine.error()));
  }
  pass_query(gateway, path, request, std::move(reply));
}

/// An object by its id, which must be a UUID: nothing else goes into a query.
void show(Gateway& gateway,
          const std::string& folder,
          const Request& request,
          std::shared_ptr<Reply> reply) {
  const std::string id(request.param("id"));
  if (!parse_uuid(id)) {
    return reply->send(error_answer(Error{ErrorCode::NotFound, "no such object"}));
  }
  pass_query(gateway, folder + "/" + id, request, std::move(reply));
}

constexpr std::array<const char*, 4> kMeasurementFilters = {"site", "node", "model", "metric"};

bool fits(const Json& row, const Request& request) {
  for (const char* name : kMeasurementFilters) {
    const auto wanted = request.query_value(name);
    if (!wanted) continue;
    const auto found = row.find(name);
    const bool is_equal = found != row.end() && found->is_string() &&
                          found->get_ref<const std::string&>() == *wanted;
    if (!is_equal) return false;
  }
  return true;
}

Result<std::string> filtered(const Result<std::string>& json, const Request& request) {
  if (!json || request.query.empty()) return json;
  auto rows = parse_json(*json);
  if (!rows || !rows->contains("items")) return json;
  Json kept = Json::array();
  for (Json& row : (*rows)["items"]) {
    if (fits(row, request)) kept.push_back(std::move(row));
  }
  (*rows)["items"] = std::move(kept);
  return dump_json(*rows);
}

void list_measurements(Gateway& gateway, Request request, std::shared_ptr<Reply> reply) {
  const auto fine = check_query(request, {"site", "node", "model", "metric"});
  if (!fine) return reply->send(error_answer(fine.error()));
  gateway.loop().post([&gateway, request = std::move(request), reply = std::move(reply)] {
    gateway.query("measurements", request.identity.account, request.identity.rights.is_admin(),
                  [request, reply](const Result<std::string>& json) {
                    send_json(*reply, filtered(json, request));
                  });
  });
}

}  // namespace

void add_network_routes(Router& router, const ConsoleContext& context) {
  Gateway& gateway = context.gateway;
  for (const Listing& listing : kListings) {
    router.add(
        {"GET", std::string("/api/v1/") + listing.path, Access::AnyKey, listing.summary,
         [&gateway, path = listing.path](const Request& request, std::shared_ptr<Reply> reply) {
           list(gateway, path, request, std::move(reply));
         }});
  }
  router.add({"GET", "/api/v1/view", Access::AnyKey,
              "Sites, nodes and replicas as of the last second",
              [&gateway](const Request&, const std::shared_ptr<Reply>& reply) {
                reply->send({.status = 200, .headers = {}, .body = gateway.view()->json});
              }});
  router.add({"GET", "/api/v1/decisions/{id}", Access::AnyKey,
              "Why a request ran where it ran; one's own requests, or with admin",
              [&gateway](const Request& request, std::shared_ptr<Reply> reply) {
                show(gateway, "decisions", request, std::move(reply));
              }});
  router.add({"GET", "/api/v1/benchmarks/runs/{id}", Access::AnyKey, "One benchmark campaign",
              [&gateway](const Request& request, std::shared_ptr<Reply> reply) {
                show(gateway, "benchmarks/runs", request, std::move(reply));
              }});
  router.add({"GET", "/api/v1/measurements", Access::AnyKey,
              "What was measured, per site, node, model and metric",
              [&gateway](Request request, std::shared_ptr<Reply> reply) {
                list_measurements(gateway, std::move(request), std::move(reply));
              }});
}

}  // namespace suan::web_api
