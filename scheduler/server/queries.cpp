// What `/api/v1` lists. Everything but the benchmarks' and old decisions' history is in memory.

#include <functional>
#include <utility>

#include <fmt/core.h>

#include "catalog/store/decision_tables.h"
#include "catalog/types/text.h"
#include "catalog/types/uuid.h"
#include "catalog/wire/convert.h"
#include "scheduler/placement/site_graph.h"
#include "scheduler/server/decision_json.h"
#include "scheduler/server/handlers.h"

namespace suan::scheduler {

namespace {

constexpr uint32_t kCampaignsListed = 200;
constexpr size_t kMeasurementsListed = 1'000;
constexpr std::string_view kControl = "control";

/// `{"items":[...],"next":null}` with what `write` puts inside.
template <class Write>
std::string list(const Write& write) {
  JsonText json;
  json.begin_object().key("items").begin_array();
  write(json);
  json.end_array().key("next").null().end_object();
  return json.take();
}

std::string models_json(const ServerCore& core) {
  return list([&](JsonText& json) {
    for (const auto& [id, model] : core.catalog.models) {
      json.begin_object()
          .field("id", id.value())
          .field("architecture", model.about.architecture)
          .field("quantization", model.about.quantization)
          .field("digest", model.about.digest)
          .field("weight_bytes", model.about.weight_bytes)
          .field("context_tokens", model.about.context_tokens)
          .field("vocabulary", model.about.vocabulary)
          .field("has_chat_template", model.about.has_chat_template)
          .field("is_deployed", core.deployer.deployments().contains(id))
          .field("created", model.created)
          .end_object();
    }
  });
}

std::string deployments_json(const ServerCore& core) {
  return list([&](JsonText& json) {
    for (const auto& [model, deployment] : core.deployer.deployments()) {
      uint64_t ready = 0;
      uint64_t granted = 0;
      for (const auto& [id, slot] : core.deployer.slots()) {
        if (slot.model != model) continue;
        ++granted;
        if (slot.state == ReplicaState::Ready) ++ready;
      }
      json.begin_object()
          .field("id", deployment.deployment_id)
          .field("model", model.value())
          .key("replicas");
      deployment.replicas_max == 0 ? json.null() : json.value(deployment.replicas_max);
      json.key("sites").begin_array();
      for (const SiteId& site : deployment.sites)
        json.value(site.value());
      json.end_array()
          .field("replicas_granted", granted)
          .field("replicas_ready", ready)
          .field("created", deployment.created)
          .end_object();
    }
  });
}

std::string offers_json(const ServerCore& core) {
  return list([&](JsonText& json) {
    for (const auto& [key, offer] : core.catalog.offers) {
      json.begin_object()
          .field("site", offer.site.value())
          .field("model", offer.model.is_set() ? offer.model.value() : std::string("*"))
          .field("input_n_per_token", offer.input_n_per_token)
          .field("cached_n_per_token", offer.cached_n_per_token)
          .field("output_n_per_token", offer.output_n_per_token)
          .end_object();
    }
  });
}

std::string tickets_json(const ServerCore& core) {
  return list([&](JsonText& json) {
    for (const auto& [id, ticket] : core.enrolment.tickets()) {
      json.begin_object()
          .field("id", id)
          .field("site", ticket.site.value())
          .field("expires", ticket.expires)
          .field("auto_approve", ticket.is_auto_approved)
          .field("used", ticket.used)
          .end_object();
    }
  });
}

/// Links as told, and round trips between all sites: the centre's links are measured all the
/// time, and the shortest way over everything known gives the rest.
std::string links_json(const ServerCore& core) {
  SiteGraph graph;
  const SiteId control{std::string(kControl)};
  graph.add_site(control);
  for (const auto& [id, site] : core.catalog.sites)
    graph.add_site(id);
  for (const LinkRow& link : core.catalog.links) {
    graph.add_link(SiteId(link.source), SiteId(link.destination),
                   Duration(link.rtt_us_p50 / 2));
  }
  for (const auto& [id, node] : core.membership.nodes()) {
    const Duration round_trip = node.round_trip.median();
    if (round_trip > Duration::zero()) {
      graph.add_link(control, node.identity.site, round_trip / 2);
    }
  }
  return list([&](JsonText& json) {
    const auto add = [&](const SiteId& from) {
      for (const auto& [to, round_trip] : graph.round_trips_from(from)) {
        if (!(from < to)) continue;
        json.begin_object()
            .field("source", from.value())
            .field("destination", to.value())
            .field("rtt_ms_p50", to_ms(round_trip))
            .end_object();
      }
    };
    add(control);
    for (const auto& [id, site] : core.catalog.sites)
      add(id);
  });
}

std::string measurements_json(const ServerCore& core) {
  const auto& all = core.catalog.measurements;
  return list([&](JsonText& json) {
    const size_t skipped =
        all.size() > kMeasurementsListed ? all.size() - kMeasurementsListed : 0;
    for (size_t i = skipped; i < all.size(); ++i) {
      const Measurement& measurement = all[i];
      json.begin_object()
          .field("run_id", measurement.run_id)
          .field("site", measurement.site.value())
          .field("node", measurement.node.value())
          .field("model", measurement.model.value())
          .field("metric", to_string(measurement.metric))
          .field("value", measurement.value)
          .field("low", measurement.low)
          .field("high", measurement.high)
          .field("log_sd", measurement.log_sd)
          .field("evidence", to_string(measurement.evidence))
          .field("at", measurement.at)
          .end_object();
    }
  });
}

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

std::string plan_json(const ServerCore& core) {
  const Plan& plan = core.deployer.plan();
  JsonText json;
  json.begin_object().field("is_settled", core.deployer.is_settled());
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
  json.end_array().field("cost_moves", plan.cost_moves).field("bound", plan.bound).end_object();
  return json.take();
}

/// Reads from the store, on its thread, and answers with what `read` made.
void answer_from_store(ServerCore& core,
                       uint64_t query_id,
                       std::function<Result<std::string>(Database&)> read) {
  const auto made = std::make_shared<Result<std::string>>();
  core.outbox.write(
      [made, read = std::move(read)](Database& database) { *made = read(database); },
      [&core, query_id, made](const std::string& error) {
        if (error.empty()) return answer(core, query_id, *made);
        answer(core, query_id,
               fail(ErrorCode::Unavailable, "the store cannot tell: {}", error));
      });
}

/// Own requests, or all for an admin; others' are not found, as if they did not exist.
void decision(ServerCore& core, const v1::Query& query, const std::string& id) {
  const std::optional<Uuid> uuid = parse_uuid(id);
  const auto not_found = [] {
    return fail(ErrorCode::NotFound,
                "decision_expired: no decision about this request is kept");
  };
  if (!uuid) return answer(core, query.query_id(), not_found());
  const RequestId request(*uuid);
  const AccountId account(query.account_id());
  const bool is_admin = query.is_admin();
  const auto recent = core.decisions.find(request);
  if (!recent.empty()) {
    if (!is_admin && recent.back()->account != account) {
      return answer(core, query.query_id(), not_found());
    }
    return answer(core, query.query_id(), decisions_json(recent));
  }
  answer_from_store(
      core, query.query_id(),
      [request, account, is_admin, not_found](Database& database) -> Result<std::string> {
        const auto rows = DecisionTables(database).of_request(request);
        if (rows.empty()) return not_found();
        const auto& last = rows.back();
        if (!is_admin && last.account != account) return not_found();
        return last.json;
      });
}

void write_campaign(JsonText& json, const BenchCampaignRow& campaign) {
  json.field("id", campaign.campaign_id)
      .field("name", campaign.name)
      .field("account", campaign.account.value())
      .field("status", campaign.status)
      .field("spec_sha256", campaign.spec_sha256)
      .field("created", campaign.created)
      .field("ended", campaign.ended)
      .key("summary")
      .raw(campaign.summary_json.empty() ? "{}" : campaign.summary_json);
}

void write_run(JsonText& json, const BenchRunRow& run) {
  json.begin_object()
      .field("run_id", run.run_id)
      .field("cell", run.cell)
      .field("execution", run.execution)
      .field("site", run.site.value())
      .field("node", run.node.value())
      .field("status", run.status)
      .field("reason", run.reason)
      .key("flags")
      .begin_array();
  for (const std::string& flag : run.flags)
    json.value(flag);
  json.end_array().field("issued", run.issued).field("ended", run.ended).end_object();
}

Result<std::string> campaigns_of(Database& database) {
  return list([&](JsonText& json) {
    for (const BenchCampaignRow& campaign : BenchTables(database).campaigns(kCampaignsListed)) {
      json.begin_object();
      write_campaign(json, campaign);
      json.end_object();
    }
  });
}

Result<std::string> campaign_of(Database& database, const std::string& id) {
  BenchTables table(database);
  const std::optional<BenchCampaignRow> campaign = table.campaign_of(id);
  if (!campaign) return fail(ErrorCode::NotFound, "there is no benchmark run {}", id);
  JsonText json;
  json.begin_object();
  write_campaign(json, *campaign);
  json.key("spec").value(campaign->spec_json).key("runs").begin_array();
  for (const BenchRunRow& run : table.runs_of(id))
    write_run(json, run);
  json.end_array().end_object();
  return json.take();
}

std::optional<std::string> from_memory(const ServerCore& core,
                                       std::string_view path,
                                       const Moment& moment) {
  const Facts facts = core.facts();
  if (path == "sites") return list([&](JsonText& json) { write_sites(facts, json); });
  if (path == "nodes") return list([&](JsonText& json) { write_nodes(facts, moment, json); });
  if (path == "replicas") return list([&](JsonText& json) { write_replicas(facts, json); });
  if (path == "models") return models_json(core);
  if (path == "deployments") return deployments_json(core);
  if (path == "offers") return offers_json(core);
  if (path == "tickets") return tickets_json(core);
  if (path == "links") return links_json(core);
  if (path == "measurements") return measurements_json(core);
  if (path == "plan") return plan_json(core);
  if (path == "metrics") return metrics_json(core);
  return std::nullopt;
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

void run_query(ServerCore& core, const v1::Query& query, const Moment& moment) {
  constexpr std::string_view kDecisions = "decisions/";
  constexpr std::string_view kRuns = "benchmarks/runs";
  const std::string& path = query.path();
  if (const auto json = from_memory(core, path, moment)) {
    return answer(core, query.query_id(), *json);
  }
  if (starts_with(path, kDecisions)) {
    return decision(core, query, path.substr(kDecisions.size()));
  }
  if (path == kRuns) return answer_from_store(core, query.query_id(), campaigns_of);
  const bool is_one_run = starts_with(path, std::string(kRuns) + "/") &&
                          parse_uuid(path.substr(kRuns.size() + 1)).has_value();
  if (is_one_run) {
    return answer_from_store(core, query.query_id(),
                             [id = path.substr(kRuns.size() + 1)](Database& database) {
                               return campaign_of(database, id);
                             });
  }
  answer(core, query.query_id(),
         fail(ErrorCode::NotFound, "there is nothing at \"{}\"", printable(path, 120)));
}

}  // namespace suan::scheduler
