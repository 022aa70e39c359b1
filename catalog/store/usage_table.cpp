#include "catalog/store/usage_table.h"

#include "catalog/store/row_reader.h"
#include "catalog/types/uuid.h"

namespace suan {
namespace {

constexpr std::string_view kAdd = R"sql(
  INSERT INTO usage (day, request_id, attempt, account_id, model_id, site_id, node_id,
    prompt_tokens, completion_tokens, cached_tokens, amount_n, status, at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  ON CONFLICT (day, request_id, attempt) DO NOTHING)sql";

constexpr std::string_view kOfRequest = R"sql(
  SELECT request_id, attempt, account_id, model_id, site_id, node_id,
    prompt_tokens, completion_tokens, cached_tokens, amount_n, status, at_us
  FROM usage WHERE day = $1 AND request_id = $2 ORDER BY attempt)sql";

constexpr std::string_view kSums = R"sql(
  SELECT day, account_id, model_id, COUNT(*), CAST(SUM(prompt_tokens) AS BIGINT),
    CAST(SUM(completion_tokens) AS BIGINT), CAST(SUM(cached_tokens) AS BIGINT),
    CAST(SUM(amount_n) AS BIGINT)
  FROM usage WHERE day >= $1 AND day <= $2
  GROUP BY day, account_id, model_id ORDER BY day, account_id, model_id)sql";

constexpr std::string_view kSumsOfAccount = R"sql(
  SELECT day, account_id, model_id, COUNT(*), CAST(SUM(prompt_tokens) AS BIGINT),
    CAST(SUM(completion_tokens) AS BIGINT), CAST(SUM(cached_tokens) AS BIGINT),
    CAST(SUM(amount_n) AS BIGINT)
  FROM usage WHERE day >= $1 AND day <= $2 AND account_id = $3
  GROUP BY day, account_id, model_id ORDER BY day, account_id, model_id)sql";

constexpr std::string_view kRows = R"sql(
  SELECT COUNT(*) FROM usage)sql";

UsageRow usage_row(RowReader& row) {
  UsageRow usage;
  usage.request =
      RequestId(row.named([](const std::string& text) { return parse_uuid(text); }));
  usage.attempt = row.u32();
  usage.account = row.id<AccountId>();
  usage.model = row.id<ModelId>();
  usage.site = row.id<SiteId>();
  usage.node = row.id<NodeId>();
  usage.usage.prompt_tokens = row.u32();
  usage.usage.completion_tokens = row.u32();
  usage.usage.cached_tokens = row.u32();
  usage.amount_n = row.integer();
  usage.status = row.text();
  usage.at = row.time();
  return usage;
}

UsageSum usage_sum(RowReader& row) {
  UsageSum sum;
  sum.day = row.integer();
  sum.account = row.id<AccountId>();
  sum.model = row.id<ModelId>();
  sum.requests = row.u64();
  sum.prompt_tokens = row.u64();
  sum.completion_tokens = row.u64();
  sum.cached_tokens = row.u64();
  sum.amount_n = row.integer();
  return sum;
}

}  // namespace

int64_t day_of(const RequestId& request) {
  constexpr int64_t kMsPerDay = 86'400'000;
  return unix_ms_of(request.value()) / kMsPerDay;
}

void UsageTable::add(const UsageRow& row) {
  database_.execute(
      kAdd, {day_of(row.request), to_string(row.request.value()), int64_t{row.attempt},
             row.account.value(), row.model.value(), row.site.value(), row.node.value(),
             int64_t{row.usage.prompt_tokens}, int64_t{row.usage.completion_tokens},
             int64_t{row.usage.cached_tokens}, row.amount_n, row.status, to_us(row.at)});
}

std::vector<UsageRow> UsageTable::of_request(const RequestId& request) {
  return read_all(database_.execute(kOfRequest, {day_of(request), to_string(request.value())}),
                  usage_row);
}

std::vector<UsageSum> UsageTable::sums(int64_t first_day,
                                       int64_t last_day,
                                       const std::optional<AccountId>& account) {
  if (!account) return read_all(database_.execute(kSums, {first_day, last_day}), usage_sum);
  return read_all(database_.execute(kSumsOfAccount, {first_day, last_day, account->value()}),
                  usage_sum);
}

uint64_t UsageTable::rows_total() {
  return static_cast<uint64_t>(as_int(database_.execute(kRows).at(0).at(0)));
}

}  // namespace suan
