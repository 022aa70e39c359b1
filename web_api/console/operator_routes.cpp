#include <array>
#include <string>
#include <utility>
#include <vector>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "web_api/console/parts.h"
#include "web_api/console/passing.h"
#include "web_api/http/errors.h"

// What changes the network. Rights are checked here; the scheduler checks the arguments.

namespace suan::web_api {

namespace {

constexpr size_t kCommandBytesMax = 256U << 10U;

/// The body as an object, checked against J1.
Result<Json> object_of(const Request& request) {
  if (request.body.size() > kCommandBytesMax) {
    return fail(ErrorCode::TooLarge, "a command may have {} bytes", kCommandBytesMax);
  }
  auto json = parse_json(request.body.empty() ? "{}" : request.body);
  if (json && !json->is_object()) {
    return fail(ErrorCode::BadRequest, "the body must be a JSON object");
  }
  return json;
}

/// The entry of that id in a list of the last view; null when there is none.
Json find_in_view(const Gateway& gateway, const char* list, std::string_view id) {
  const auto view = parse_json(gateway.view()->json);
  if (!view || !view->contains(list)) return nullptr;
  for (const Json& entry : (*view)[list]) {
    if (entry.value("id", "") == id) return entry;
  }
  return nullptr;
}

/// A node that the key may operate. Errors: NotFound; Forbidden
Result<std::string> operated_node(const Gateway& gateway, const Request& request) {
  const std::string node(request.param("id"));
  const Rights& rights = request.identity.rights;
  if (!is_valid_name(node)) return fail(ErrorCode::NotFound, "no such node");
  if (rights.is_admin()) return node;
  const Json entry = find_in_view(gateway, "nodes", node);
  if (!entry.is_object()) return fail(ErrorCode::NotFound, "no such node");
  const auto allowed = require_operate(rights, SiteId(entry.value("site", "")));
  if (!allowed) return forward(allowed.error());
  return node;
}

Result<void> may_operate_all(const Rights& rights, const Json& sites) {
  if (rights.is_admin()) return {};
  if (!sites.is_array() || sites.empty()) return require_admin(rights);
  for (const Json& site : sites) {
    const SiteId id(site.is_string() ? site.get<std::string>() : "");
    if (auto allowed = require_operate(rights, id); !allowed) return allowed;
  }
  return {};
}

void change_node(Gateway& gateway,
                 const std::string& verb,
                 const Request& request,
                 std::shared_ptr<Reply> reply) {
  const auto node = operated_node(gateway, request);
  if (!node) return reply->send(error_answer(node.error()));
  pass_command(gateway, verb, dump_json({{"node", *node}}), request, std::move(reply));
}

/// A ticket for a site that the network does not know yet registers it, which is for admins.
Result<void> may_create_ticket(const Gateway& gateway, const Rights& rights, const Json& body) {
  if (rights.is_admin()) return {};
  const auto found = body.find("site");
  const std::string site =
      found != body.end() && found->is_string() ? found->get<std::string>() : "";
  if (auto allowed = require_operate(rights, SiteId(site)); !allowed) return allowed;
  if (find_in_view(gateway, "sites", site).is_object()) return {};
  return require_admin(rights);
}

void create_ticket(Gateway& gateway, const Request& request, std::shared_ptr<Reply> reply) {
  const auto body = object_of(request);
  if (!body) return reply->send(error_answer(body.error()));
  const auto allowed = may_create_ticket(gateway, request.identity.rights, *body);
  if (!allowed) return reply->send(error_answer(allowed.error()));
  pass_command(gateway, "ticket.create", dump_json(*body), request, std::move(reply), 201);
}

void deploy(Gateway& gateway, const Request& request, std::shared_ptr<Reply> reply) {
  const auto body = object_of(request);
  if (!body) return reply->send(error_answer(body.error()));
  const Json sites = body->value("sites", Json::array());
  const auto allowed = may_operate_all(request.identity.rights, sites);
  if (!allowed) return reply->send(error_answer(allowed.error()));
  pass_command(gateway, "deploy", dump_json(*body), request, std::move(reply), 201);
}

/// The body as it is, to a command for which the route's right is enough.
Handler command(Gateway& gateway, const char* verb, int status) {
  return [&gateway, verb, status](const Request& request, std::shared_ptr<Reply> reply) {
    const auto body = object_of(request);
    if (!body) return reply->send(error_answer(body.error()));
    pass_command(gateway, verb, dump_json(*body), request, std::move(reply), status);
  };
}

/// A command about the object in the path.
Handler command_about(Gateway& gateway, const char* verb, const char* field) {
  return [&gateway, verb, field](const Request& request, std::shared_ptr<Reply> reply) {
    const std::string id(request.param("id"));
    pass_command(gateway, verb, dump_json({{field, id}}), request, std::move(reply));
  };
}

void add_node_routes(Router& router, Gateway& gateway) {
  struct NodeVerb {
    const char* method;
    const char* path;
    const char* verb;
    const char* summary;
  };

  constexpr std::array<NodeVerb, 4> kVerbs = {{
      {"POST", "/api/v1/nodes/{id}/approve", "node.approve", "Let an enrolled node in"},
      {"POST", "/api/v1/nodes/{id}/drain", "node.drain", "Send a node nothing new"},
      {"POST", "/api/v1/nodes/{id}/resume", "node.resume", "Use a drained node again"},
      {"DELETE", "/api/v1/nodes/{id}", "node.remove", "Revoke a node's key and forget it"},
  }};
  for (const NodeVerb& verb : kVerbs) {
    router.add({verb.method, verb.path, Access::Operate, verb.summary,
                [&gateway, name = std::string(verb.verb)](const Request& request,
                                                          std::shared_ptr<Reply> reply) {
                  change_node(gateway, name, request, std::move(reply));
                }});
  }
}

}  // namespace

void add_operator_routes(Router& router, const ConsoleContext& context) {
  Gateway& gateway = context.gateway;
  add_node_routes(router, gateway);
  router.add({"POST", "/api/v1/tickets", Access::Operate, "A one-time ticket for a machine",
              [&gateway](const Request& request, std::shared_ptr<Reply> reply) {
                create_ticket(gateway, request, std::move(reply));
              }});
  router.add({"POST", "/api/v1/deployments", Access::Operate, "Serve a model",
              [&gateway](const Request& request, std::shared_ptr<Reply> reply) {
                deploy(gateway, request, std::move(reply));
              }});
  router.add({"DELETE", "/api/v1/deployments/{id}", Access::Admin, "Stop serving a model",
              command_about(gateway, "retire", "model")});
  router.add({"POST", "/api/v1/offers", Access::Admin, "Set a site's price for a model",
              command(gateway, "offer.set", 201)});
  router.add({"POST", "/api/v1/links", Access::Admin, "Tell of a line between two sites",
              command(gateway, "link.set", 201)});
  router.add({"POST", "/api/v1/benchmarks/runs", Access::Research, "Start a benchmark campaign",
              command(gateway, "bench.run", 201)});
  router.add({"DELETE", "/api/v1/benchmarks/runs/{id}", Access::Research,
              "Abort a benchmark campaign", command_about(gateway, "bench.abort", "id")});
}

}  // namespace suan::web_api
