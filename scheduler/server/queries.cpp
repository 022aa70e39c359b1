// What `/api/v1` asks: from memory, but for the benchmarks' and old decisions' history.

#include <functional>
#include <memory>
#include <utility>

#include <fmt/core.h>

#include "catalog/store/decision_tables.h"
#include "catalog/types/text.h"
#include "catalog/types/uuid.h"
#include "catalog/wire/convert.h"
#include "scheduler/server/decision_json.h"
#include "scheduler/server/handlers.h"
#include "scheduler/server/listings.h"
#include "scheduler/server/plan_json.h"

namespace suan::scheduler {

namespace {

constexpr uint32_t kCampaignsListed = 200;

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
  return list_json([&](JsonText& json) {
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

/// A plan may take a second, and one at a time is enough.
void propose_plan(ServerCore& core, uint64_t query_id, const Moment& moment) {
  if (core.is_proposing || query_id == 0) {
    return answer(core, query_id,
                  fail(ErrorCode::Unavailable, "another plan is being proposed: ask again"));
  }
  core.is_proposing = true;
  core.outbox.plan({.query = query_id,
                    .input = std::make_shared<const PlanInput>(core.deployer.input(moment))});
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

void answer_proposal(ServerCore& core, uint64_t query_id, const Plan& plan) {
  core.is_proposing = false;
  if (plan.faults.empty()) {
    return answer(core, query_id, plan_json(plan, core.deployer.is_settled()));
  }
  answer(core, query_id,
         fail(ErrorCode::Unavailable, "no plan could be made: {}", plan.faults.front()));
}

void run_query(ServerCore& core, const v1::Query& query, const Moment& moment) {
  constexpr std::string_view kDecisions = "decisions/";
  constexpr std::string_view kRuns = "benchmarks/runs";
  const std::string& path = query.path();
  if (const auto json = listing_of(core, path, moment)) {
    return answer(core, query.query_id(), *json);
  }
  if (starts_with(path, kDecisions)) {
    return decision(core, query, path.substr(kDecisions.size()));
  }
  if (path == "plan/proposed") return propose_plan(core, query.query_id(), moment);
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
