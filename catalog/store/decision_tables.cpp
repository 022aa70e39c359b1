#include "catalog/store/decision_tables.h"

#include <cassert>

#include "catalog/store/append_only.h"
#include "catalog/store/row_reader.h"
#include "catalog/types/uuid.h"

namespace suan {
namespace {

constexpr std::string_view kAdd = R"sql(
  INSERT INTO decision (request_id, attempt, at_us, account_id, site_id, node_id, verdict, json)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (request_id, attempt) DO NOTHING)sql";

constexpr std::string_view kOfRequest = R"sql(
  SELECT request_id, attempt, at_us, account_id, site_id, node_id, verdict, json
  FROM decision WHERE request_id = $1 ORDER BY attempt)sql";

constexpr std::string_view kLatest = R"sql(
  SELECT request_id, attempt, at_us, account_id, site_id, node_id, verdict, json
  FROM decision ORDER BY at_us DESC, request_id DESC, attempt DESC LIMIT $1)sql";

DecisionRow decision_row(RowReader& row) {
  const auto request = row.named([](const std::string& text) { return parse_uuid(text); });
  DecisionRow decision;
  decision.request = RequestId(request);
  decision.attempt = row.u32();
  decision.at = row.time();
  decision.account = row.id<AccountId>();
  decision.site = row.id<SiteId>();
  decision.node = row.id<NodeId>();
  decision.verdict = row.text();
  decision.json = row.text();
  return decision;
}

}  // namespace

void DecisionTables::add(const DecisionRow& decision) {
  database_.execute(kAdd, {to_string(decision.request.value()), int64_t{decision.attempt},
                           to_us(decision.at), decision.account.value(), decision.site.value(),
                           decision.node.value(), decision.verdict, decision.json});
}

std::vector<DecisionRow> DecisionTables::of_request(const RequestId& request) {
  return read_all(database_.execute(kOfRequest, {to_string(request.value())}), decision_row);
}

std::vector<DecisionRow> DecisionTables::latest(uint32_t limit) {
  return read_all(database_.execute(kLatest, {int64_t{limit}}), decision_row);
}

void DecisionTables::prune(uint64_t kept) {
  assert(kept > 0);
  database_.execute(kPruneDecisions, {static_cast<int64_t>(kept - 1)});
}

}  // namespace suan
