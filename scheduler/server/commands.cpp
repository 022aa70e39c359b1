// What operators and researchers ask for. Rights are checked at the gateway, arguments here; an
// answer is given once the store has what was changed.

#include <functional>
#include <utility>

#include <fmt/core.h>

#include "catalog/store/model_tables.h"
#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "catalog/types/uuid.h"
#include "catalog/wire/convert.h"
#include "scheduler/server/command_arguments.h"
#include "scheduler/server/handlers.h"
#include "scheduler/server/told_links.h"

namespace suan::scheduler {

namespace {

constexpr uint32_t kReplicasMax = 100'000;
constexpr int64_t kTicketSecondsMax = 86'400;

/// One command at work: its arguments, and how to answer.
struct Asked {
  ServerCore& core;
  Arguments& arguments;
  const v1::Command& command;
  const Moment& moment;

  /// Answers `json` after `job` has committed.
  void answer_after(Store::Job job, std::string json) const {
    core.outbox.write(std::move(job), [&core = core, id = command.query_id(),
                                       json = std::move(json)](const std::string& error) {
      if (error.empty()) return answer(core, id, json);
      answer(core, id,
             fail(ErrorCode::Unavailable, "the store could not keep this: {}", error));
    });
  }

  void answer_now(const Result<std::string>& json) const {
    answer(core, command.query_id(), json);
  }
};

void create_ticket(const Asked& asked) {
  TicketWish wish;
  wish.site = SiteId(asked.arguments.text("site"));
  wish.lifetime = Duration(
      asked.arguments.integer("expires_s", 1, kTicketSecondsMax).value_or(kTicketSecondsMax) *
      1'000'000);
  wish.is_auto_approved = asked.arguments.flag("auto_approve");
  wish.region = asked.arguments.optional_text("region");
  wish.site_name = asked.arguments.optional_text("name");
  wish.address = asked.arguments.optional_text("address");
  if (const auto error = asked.arguments.error()) return asked.answer_now(forward(*error));
  const Result<CreatedTicket> created = asked.core.enrolment.create(wish, asked.moment.wall);
  if (!created) return asked.answer_now(forward(created.error()));
  JsonText json;
  json.begin_object()
      .field("ticket_id", created->row.ticket_id)
      .field("ticket", created->text)
      .field("site", wish.site.value())
      .field("expires", created->row.expires)
      .field("auto_approve", wish.is_auto_approved)
      .field("new_site", created->is_new_site)
      .end_object();
  asked.core.views.touch();
  asked.answer_after(
      [row = created->row, site = asked.core.catalog.sites.at(wish.site)](Database& database) {
        NodeTables table(database);
        table.put_site(site);
        table.create_ticket(row);
      },
      json.take());
}

void change_node(const Asked& asked, const std::function<void(NodeRecord&)>& change) {
  const NodeId id(asked.arguments.text("node"));
  if (const auto error = asked.arguments.error()) return asked.answer_now(forward(*error));
  ServerCore& core = asked.core;
  NodeRecord* node = core.membership.find(id);
  if (node == nullptr || node->identity.is_revoked) {
    return asked.answer_now(fail_param(ErrorCode::NotFound, "node", "there is no node {}",
                                       printable(id.value(), 80)));
  }
  change(*node);
  core.views.touch();
  core.deployer.plan_soon();
  tell_node(core, *node, asked.moment);
  JsonText json;
  json.begin_object()
      .field("node", id.value())
      .field("site", node->identity.site.value())
      .field("state", to_string(state_of(*node)))
      .field("fingerprint", node->fingerprint)
      .end_object();
  save_node_state(core, *node);
  // Behind the write of the state: jobs run in order.
  asked.answer_after([](Database&) {}, json.take());
}

/// From now on nothing of the node is heard, whatever its connections still deliver.
void remove_node(const Asked& asked, NodeRecord& node) {
  ServerCore& core = asked.core;
  const uint64_t epoch = node.epoch;
  core.outbox.to_agent(node.peer(), epoch).mutable_fence()->set_reason("removed");
  node.identity.is_revoked = true;
  core.enrolment.deny(node.identity);
  core.membership.lost(node);
  end_registration(core, node.identity.node, epoch, asked.moment);
  core.deployer.node_over(node.identity.node);
  core.estimator.forget(node.identity.node);
  core.outbox.forget(node.peer());
}

void deploy(const Asked& asked) {
  Deployment wish;
  wish.model = ModelId(asked.arguments.text("model"));
  wish.replicas_max =
      static_cast<uint32_t>(asked.arguments.integer("replicas", 1, kReplicasMax).value_or(0));
  for (const std::string& site : asked.arguments.texts("sites"))
    wish.sites.emplace_back(site);
  wish.follows_demand = asked.arguments.flag("follow_demand");
  if (const auto error = asked.arguments.error()) return asked.answer_now(forward(*error));
  if (wish.follows_demand && wish.replicas_max > 0) {
    return asked.answer_now(fail_param(ErrorCode::BadRequest, "replicas",
                                       "a deployment that follows demand has no fixed number"));
  }
  for (const SiteId& site : wish.sites) {
    if (asked.core.catalog.sites.contains(site)) continue;
    return asked.answer_now(fail_param(ErrorCode::NotFound, "sites", "there is no site {}",
                                       printable(site.value(), 80)));
  }
  wish.deployment_id = to_string(make_uuid_v7(asked.moment.wall, asked.core.random));
  wish.created = asked.moment.wall;
  const Result<Deployment> deployment = asked.core.deployer.deploy(wish, asked.moment.now);
  if (!deployment) return asked.answer_now(forward(deployment.error()));
  asked.core.views.touch();
  DeploymentRow row{.deployment_id = deployment->deployment_id,
                    .model = deployment->model,
                    .replicas = deployment->replicas_max,
                    .sites = deployment->sites,
                    .created = deployment->created,
                    .follows_demand = deployment->follows_demand};
  JsonText json;
  json.begin_object()
      .field("deployment_id", row.deployment_id)
      .field("model", row.model.value())
      .key("replicas");
  row.replicas == 0 ? json.null() : json.value(row.replicas);
  json.field("follow_demand", row.follows_demand).end_object();
  asked.answer_after(
      [row = std::move(row)](Database& database) { ModelTables(database).put_deployment(row); },
      json.take());
}

void retire(const Asked& asked) {
  const ModelId model(asked.arguments.text("model"));
  if (const auto error = asked.arguments.error()) return asked.answer_now(forward(*error));
  const Result<void> retired = asked.core.deployer.retire(model, asked.moment.now);
  if (!retired) return asked.answer_now(forward(retired.error()));
  asked.core.views.touch();
  JsonText json;
  json.begin_object().field("model", model.value()).field("retired", true).end_object();
  asked.answer_after([model](Database& database) { ModelTables(database).retire(model); },
                     json.take());
}

void set_offer(const Asked& asked) {
  constexpr int64_t kPriceMax = 1'000'000'000;
  Offer offer;
  offer.site = SiteId(asked.arguments.text("site"));
  offer.model = ModelId(asked.arguments.optional_text("model"));
  const auto price = [&](const char* name) {
    return asked.arguments.integer(name, 0, kPriceMax).value_or(0);
  };
  offer.input_n_per_token = price("input_n_per_token");
  offer.cached_n_per_token = price("cached_n_per_token");
  offer.output_n_per_token = price("output_n_per_token");
  if (const auto error = asked.arguments.error()) return asked.answer_now(forward(*error));
  if (!asked.core.catalog.sites.contains(offer.site)) {
    return asked.answer_now(fail_param(ErrorCode::NotFound, "site", "there is no site {}",
                                       printable(offer.site.value(), 80)));
  }
  if (offer.model.is_set() && !is_valid_name(offer.model.value())) {
    return asked.answer_now(fail_param(ErrorCode::BadRequest, "model", "no name of a model"));
  }
  asked.core.catalog.offers[{offer.site, offer.model}] = offer;
  asked.core.views.touch();
  JsonText json;
  json.begin_object()
      .field("site", offer.site.value())
      .field("model", offer.model.value())
      .field("output_n_per_token", offer.output_n_per_token)
      .end_object();
  asked.answer_after([offer, now = asked.moment.wall](
                         Database& database) { NodeTables(database).add_offer(offer, now); },
                     json.take());
}

void set_link(const Asked& asked) {
  const Result<LinkRow> link =
      told_link(asked.arguments, asked.core.catalog, asked.moment.wall);
  if (!link) return asked.answer_now(forward(link.error()));
  keep_link(asked.core.catalog, *link);
  JsonText json;
  json.begin_object()
      .field("source", link->source)
      .field("destination", link->destination)
      .field("rtt_ms_p50", to_ms(Duration(link->rtt_us_p50)))
      .field("bytes_per_s", link->bytes_per_s)
      .field("price_n_per_gib", link->price_n_per_gib)
      .end_object();
  asked.answer_after([row = *link](Database& database) { NodeTables(database).add_link(row); },
                     json.take());
}

void run_benchmark(const Asked& asked) {
  Campaigns::Request request;
  request.spec_json = asked.arguments.object_or_text("spec");
  for (const std::string& site : asked.arguments.texts("sites"))
    request.sites.emplace_back(site);
  request.account = AccountId(asked.command.account_id());
  if (const auto error = asked.arguments.error()) return asked.answer_now(forward(*error));
  asked.core.campaigns.run(std::move(request), asked.moment,
                           [&core = asked.core, id = asked.command.query_id()](
                               const Result<std::string>& json) { answer(core, id, json); });
}

void abort_benchmark(const Asked& asked) {
  const std::string id = asked.arguments.text("id");
  if (const auto error = asked.arguments.error()) return asked.answer_now(forward(*error));
  const Result<void> aborted =
      asked.core.campaigns.abort(id, "asked by an operator", asked.moment);
  if (!aborted) return asked.answer_now(forward(aborted.error()));
  JsonText json;
  json.begin_object().field("id", id).field("status", "aborted").end_object();
  asked.answer_now(json.take());
}

struct Verb {
  std::string_view name;
  std::function<void(const Asked&)> run;
};

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> kVerbs = {
      {"ticket.create", create_ticket},
      {"node.approve",
       [](const Asked& asked) {
         change_node(asked, [](NodeRecord& node) { node.identity.is_approved = true; });
       }},
      {"node.drain",
       [](const Asked& asked) {
         change_node(asked, [](NodeRecord& node) { node.identity.is_drained = true; });
       }},
      {"node.resume",
       [](const Asked& asked) {
         change_node(asked, [](NodeRecord& node) { node.identity.is_drained = false; });
       }},
      {"node.remove",
       [](const Asked& asked) {
         change_node(asked, [&](NodeRecord& node) { remove_node(asked, node); });
       }},
      {"deploy", deploy},
      {"retire", retire},
      {"offer.set", set_offer},
      {"link.set", set_link},
      {"bench.run", run_benchmark},
      {"bench.abort", abort_benchmark},
  };
  return kVerbs;
}

}  // namespace

void run_command(ServerCore& core, const v1::Command& command, const Moment& moment) {
  for (const Verb& verb : verbs()) {
    if (verb.name != command.verb()) continue;
    Arguments arguments(command.json());
    return verb.run({core, arguments, command, moment});
  }
  ++core.counters.unexpected;
  answer(
      core, command.query_id(),
      fail(ErrorCode::NotFound, "there is no command \"{}\"", printable(command.verb(), 80)));
}

}  // namespace suan::scheduler
