// What the observer tells about the campaign that is on; anything else is dropped.

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "catalog/types/uuid.h"
#include "catalog/wire/convert.h"
#include "scheduler/server/campaigns.h"
#include "scheduler/server/json_text.h"

namespace suan::scheduler {

namespace {

constexpr int kExecutionsMax = 10'000;
constexpr Duration kExecutionMax = 1h;
constexpr size_t kSummaryBytesMax = 1U << 20U;

const std::set<std::string> kSealStates = {"complete", "aborted", "timeout"};

}  // namespace

void Campaigns::planned(const v1::BenchPlanned& message, const Moment& moment) {
  const bool is_awaited = current_ && current_->phase == Phase::Planning &&
                          current_->row.campaign_id == message.campaign_id();
  if (!is_awaited) return;
  if (!message.code().empty()) {
    return refuse(read_error(message.code(), message.message(), message.param()), moment);
  }
  if (message.executions().empty() || message.executions_size() > kExecutionsMax) {
    return refuse({ErrorCode::Unavailable,
                   fmt::format("the suite has {} executions on what is ready now (1 to {})",
                               message.executions_size(), kExecutionsMax)},
                  moment);
  }
  for (const v1::BenchExecution& execution : message.executions()) {
    const NodeRecord* node = membership_.find(NodeId(execution.node_id()));
    const Duration limit(execution.deadline_us());
    if (node == nullptr || node->identity.site.value() != execution.site_id() ||
        limit <= Duration::zero() || limit > kExecutionMax) {
      return refuse({ErrorCode::Internal, "the observer planned an impossible execution"},
                    moment);
    }
    BenchRunRow& run = current_->runs.emplace_back();
    run.run_id = to_string(make_uuid_v7(moment.wall, random_));
    run.campaign_id = current_->row.campaign_id;
    run.cell = std::to_string(execution.cell());
    run.execution = execution.execution();
    run.site = SiteId(execution.site_id());
    run.node = NodeId(execution.node_id());
    run.status = "intended";
    run.issued = moment.wall;
    current_->cells.push_back(execution.cell());
    current_->blocks.push_back(execution.block());
    current_->limits.push_back(limit);
  }
  current_->phase = Phase::Running;
  current_->row.status = "running";
  current_->row.spec_sha256 = printable(message.spec_sha256(), 64);
  save_campaign();
  if (current_->answer) {
    JsonText json;
    json.begin_object()
        .field("campaign_id", current_->row.campaign_id)
        .field("id", current_->row.campaign_id)
        .field("status", "running")
        .field("executions", uint64_t{current_->runs.size()})
        .end_object();
    std::exchange(current_->answer, nullptr)(json.take());
  }
  start_next(moment);
}

void Campaigns::progressed(const v1::BenchProgress& message, const Moment& moment) {
  const BenchRunRow* run = current_run();
  if (run == nullptr || run->run_id != message.run_id()) return;
  tell(printable(message.text()), moment);
}

void Campaigns::keep_lines(const v1::BenchLines& message) {
  if (!current_) return;
  const auto is_it = [&](const BenchRunRow& run) { return run.run_id == message.run_id(); };
  const auto& runs = current_->runs;
  const bool is_known = std::any_of(runs.begin(), runs.end(), is_it);
  // The campaign's own summary lines come under its id.
  if (!is_known && message.run_id() != current_->row.campaign_id) return;
  outbox_.keep(message.run_id(), {message.lines().begin(), message.lines().end()});
}

void Campaigns::sealed(const v1::BenchSeal& message, const Moment& moment) {
  const BenchRunRow* run = current_run();
  const bool is_it = run != nullptr && run->run_id == message.run_id() &&
                     kSealStates.contains(message.status());
  if (!is_it) return;  // sealed before, by a deadline perhaps: a run is sealed once
  std::vector<std::string> flags;
  for (const std::string& flag : message.flags())
    flags.push_back(printable(flag, 64));
  seal(message.status(), printable(message.reason()), std::move(flags), moment);
  current_->timeouts = 0;
  start_next(moment);
}

bool Campaigns::may_rely_on(const Measurement& measurement) const {
  const auto is_its_run = [&](const BenchRunRow& run) {
    return run.run_id == measurement.run_id && run.status == "complete" && run.flags.empty() &&
           run.node == measurement.node && run.site == measurement.site;
  };
  const auto& runs = current_->runs;
  return std::any_of(runs.begin(), runs.end(), is_its_run);
}

void Campaigns::measured(const v1::Measured& message, const Moment& moment) {
  const bool is_awaited = current_ && current_->phase != Phase::Planning &&
                          current_->row.campaign_id == message.campaign_id();
  if (!is_awaited) return;
  std::vector<Measurement> valid;
  for (const v1::MeasurementRow& row : message.rows()) {
    Result<Measurement> measurement = read(row, moment.wall);
    if (measurement && may_rely_on(*measurement)) valid.push_back(*std::move(measurement));
  }
  const bool has_summary =
      message.summary_json().size() <= kSummaryBytesMax && parse_json(message.summary_json());
  if (has_summary) current_->row.summary_json = message.summary_json();
  on_measured_(valid);
  outbox_.write([valid](Database& database) {
    BenchTables table(database);
    for (const Measurement& measurement : valid)
      table.add_measurement(measurement);
  });
  if (current_->phase == Phase::Measuring) finish("complete", moment);
}

}  // namespace suan::scheduler
