#include "scheduler/server/campaigns.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/uuid.h"
#include "catalog/wire/convert.h"
#include "scheduler/server/json_text.h"

namespace suan::scheduler {

namespace {

constexpr size_t kWaitingMax = 8;
constexpr size_t kSpecBytesMax = 256U << 10U;
constexpr Duration kPlanWithin = 10s;
constexpr Duration kMeasureWithin = 60s;
constexpr uint32_t kTimeoutsMax = 2;  // in a row: the observer itself is the trouble
constexpr Duration kSealGrace = 10s;  // beyond an execution's own deadline

std::string name_in(const std::string& spec_json) {
  const JsonLimits limits{.allow_comments = true};
  const Result<Json> spec = parse_json(spec_json, limits);
  if (!spec || !spec->is_object()) return "";
  const auto name = spec->find("name");
  return name != spec->end() && name->is_string() ? name->get<std::string>().substr(0, 64) : "";
}

}  // namespace

Campaigns::Campaigns(const Membership& membership,
                     Outbox& outbox,
                     uint64_t seed,
                     OnMeasured on_measured)
    : membership_(membership),
      outbox_(outbox),
      random_(splitmix64(seed ^ 0xBE7C4)),
      on_measured_(std::move(on_measured)) {}

void Campaigns::run(Request request, const Moment& moment, Answer answer) {
  if (!has_observer_) {
    return answer(fail(ErrorCode::Unavailable, "this server has no observer for benchmarks"));
  }
  if (request.spec_json.size() > kSpecBytesMax) {
    return answer(
        fail_param(ErrorCode::TooLarge, "spec", "a suite has at most {} bytes", kSpecBytesMax));
  }
  if (waiting_.size() >= kWaitingMax) {
    return answer(fail(ErrorCode::Overloaded, "{} campaigns wait already", waiting_.size()));
  }
  BenchCampaignRow row;
  row.campaign_id = to_string(make_uuid_v7(moment.wall, random_));
  row.name = name_in(request.spec_json);
  row.account = request.account;
  row.spec_json = request.spec_json;
  row.status = "planned";
  row.created = moment.wall;
  Waiting waiting{std::move(request), std::move(row), std::move(answer)};
  if (!current_) return begin(std::move(waiting), moment);

  // It will be planned, and perhaps refused, when its turn comes; its id is known now.
  JsonText json;
  json.begin_object()
      .field("campaign_id", waiting.row.campaign_id)
      .field("id", waiting.row.campaign_id)
      .field("status", "waiting")
      .end_object();
  std::exchange(waiting.answer, nullptr)(json.take());
  waiting_.push_back(std::move(waiting));
}

void Campaigns::begin(Waiting waiting, const Moment& moment) {
  assert(!current_);
  current_ = Campaign{};
  current_->row = std::move(waiting.row);
  current_->answer = std::move(waiting.answer);
  current_->deadline = moment.now + kPlanWithin;
  v1::BenchPlan& plan = *outbox_.to_observer().mutable_bench_plan();
  plan.set_campaign_id(current_->row.campaign_id);
  plan.set_spec_json(current_->row.spec_json);
  const auto& sites = waiting.request.sites;
  for (const auto& [id, node] : membership_.nodes()) {
    const NodeState state = state_of(node);
    const bool is_ready = state == NodeState::Ready || state == NodeState::Probation;
    const bool is_asked = sites.empty() || std::find(sites.begin(), sites.end(),
                                                     node.identity.site) != sites.end();
    if (!is_ready || !is_asked) continue;
    v1::BenchTarget& target = *plan.add_targets();
    target.set_site_id(node.identity.site.value());
    target.set_node_id(id.value());
  }
}

void Campaigns::start_next(const Moment& moment) {
  assert(current_);
  while (current_run() != nullptr) {
    const NodeRecord* node = membership_.find(current_run()->node);
    if (node != nullptr && node->is_registered()) return start(*current_run(), moment);
    seal("aborted", "link", {}, moment);
  }
  const auto is_complete = [](const BenchRunRow& run) { return run.status == "complete"; };
  const auto& runs = current_->runs;
  if (std::none_of(runs.begin(), runs.end(), is_complete)) {
    send_abort("no execution was completed");
    return finish("aborted", moment);
  }
  current_->phase = Phase::Measuring;
  current_->deadline = moment.now + kMeasureWithin;
}

void Campaigns::start(BenchRunRow& run, const Moment& moment) {
  run.status = "started";
  run.issued = moment.wall;
  save(run);
  const size_t at = current_->next;
  current_->deadline = moment.now + current_->limits[at] + kSealGrace;
  v1::BenchStart& start = *outbox_.to_observer().mutable_bench_start();
  start.set_campaign_id(current_->row.campaign_id);
  start.set_run_id(run.run_id);
  v1::BenchExecution& execution = *start.mutable_execution();
  execution.set_cell(current_->cells[at]);
  execution.set_execution(run.execution);
  execution.set_block(current_->blocks[at]);
  execution.set_site_id(run.site.value());
  execution.set_node_id(run.node.value());
  execution.set_deadline_us(current_->limits[at].count());
}

void Campaigns::seal(const std::string& status,
                     const std::string& reason,
                     std::vector<std::string> flags,
                     const Moment& moment) {
  BenchRunRow* run = current_run();
  if (run == nullptr) return;
  run->status = status;
  run->reason = reason;
  run->flags = std::move(flags);
  run->ended = moment.wall;
  save(*run);
  ++current_->next;
  tell(fmt::format("{} of {} executions: {} on {}", current_->next, current_->runs.size(),
                   status, run->site.value()),
       moment);
}

void Campaigns::turn(const Moment& moment) {
  if (!current_ || moment.now < current_->deadline) return;
  if (current_->phase == Phase::Planning) {
    return refuse({ErrorCode::TimedOut, "the observer did not plan the suite in time"}, moment);
  }
  if (current_->phase == Phase::Measuring) return finish("complete", moment);
  seal("timeout", "no seal before the deadline", {}, moment);
  if (++current_->timeouts < kTimeoutsMax) return start_next(moment);
  send_abort("observer silent");
  while (current_run() != nullptr)
    seal("aborted", "observer silent", {}, moment);
  finish("aborted", moment);
}

Result<void> Campaigns::abort(const std::string& campaign_id,
                              const std::string& reason,
                              const Moment& moment) {
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    if (at->row.campaign_id != campaign_id) continue;
    waiting_.erase(at);
    return {};
  }
  if (!current_ || current_->row.campaign_id != campaign_id) {
    return fail(ErrorCode::NotFound, "no such campaign is running");
  }
  send_abort(reason);
  if (current_->phase == Phase::Planning) {
    refuse({ErrorCode::Cancelled, "aborted: " + reason}, moment);
    return {};
  }
  while (current_run() != nullptr)
    seal("aborted", reason, {}, moment);
  finish("aborted", moment);
  return {};
}

void Campaigns::node_over(const NodeId& node, const Moment& moment) {
  const BenchRunRow* run = current_run();
  if (run == nullptr || run->node != node) return;
  seal("aborted", "link", {}, moment);
  start_next(moment);
}

void Campaigns::finish(const std::string& status, const Moment& moment) {
  current_->row.status = status;
  current_->row.ended = moment.wall;
  save_campaign();
  tell("campaign " + status, moment);
  current_.reset();
  if (waiting_.empty()) return;
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  begin(std::move(next), moment);
}

void Campaigns::refuse(const Error& error, const Moment& moment) {
  if (current_->answer) std::exchange(current_->answer, nullptr)(tl::unexpected<Error>(error));
  JsonText json;
  json.begin_object().field("error", error.message).end_object();
  current_->row.summary_json = json.take();
  finish("aborted", moment);
}

BenchRunRow* Campaigns::current_run() {
  const bool is_one =
      current_ && current_->phase == Phase::Running && current_->next < current_->runs.size();
  return is_one ? &current_->runs[current_->next] : nullptr;
}

void Campaigns::push_back(Duration stall) {
  if (current_) current_->deadline += stall;
}

void Campaigns::tell(const std::string& text, const Moment& moment) {
  JsonText json;
  json.begin_object()
      .field("campaign_id", current_->row.campaign_id)
      .field("name", current_->row.name)
      .field("status", current_->row.status)
      .field("done", uint64_t{current_->next})
      .field("total", uint64_t{current_->runs.size()})
      .field("text", text)
      .field("at", moment.wall)
      .end_object();
  v1::Event& event = *outbox_.to_gateway().mutable_event();
  event.set_kind("bench");
  event.set_json(json.take());
}

void Campaigns::save_campaign() {
  outbox_.write(
      [row = current_->row](Database& database) { BenchTables(database).put_campaign(row); });
}

void Campaigns::save(const BenchRunRow& run) {
  outbox_.write([run](Database& database) { BenchTables(database).put_run(run); });
}

void Campaigns::send_abort(const std::string& reason) {
  v1::BenchAbort& abort = *outbox_.to_observer().mutable_bench_abort();
  abort.set_campaign_id(current_->row.campaign_id);
  abort.set_reason(reason);
}

}  // namespace suan::scheduler
