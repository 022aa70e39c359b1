#include "scheduler/server/decision_log.h"

#include <algorithm>
#include <utility>

#include "catalog/store/decision_tables.h"
#include "scheduler/server/decision_json.h"

namespace suan::scheduler {

namespace {

constexpr size_t kBatch = 256;           // a batch is one transaction
constexpr uint64_t kStored = 1'000'000;  // decisions that the store keeps
constexpr uint64_t kPruneEach = 1'000;   // batches

suan::DecisionRow row_of(const Decision& decision) {
  suan::DecisionRow row;
  row.request = decision.request;
  row.attempt = decision.attempt;
  row.at = decision.at;
  row.account = decision.account;
  const Explanation& why = decision.explanation;
  if (why.chosen && *why.chosen < why.candidates.size()) {
    row.site = why.candidates[*why.chosen].site;
    row.node = why.candidates[*why.chosen].node;
  }
  row.verdict = decision.error ? to_string(decision.error->code) : "placed";
  row.json = decision_json(decision);
  return row;
}

}  // namespace

void DecisionLog::add(Decision decision) {
  auto& attempts = by_request_[decision.request];
  const auto is_waiting_one = [&](const std::shared_ptr<Decision>& earlier) {
    return earlier->attempt == decision.attempt && earlier->verdict == Verdict::Waiting;
  };
  const auto waiting = std::find_if(attempts.begin(), attempts.end(), is_waiting_one);
  const bool is_final = decision.verdict != Verdict::Waiting;
  auto added = std::make_shared<Decision>(std::move(decision));
  if (waiting != attempts.end()) {
    // In place: the ring holds the same object.
    **waiting = *added;
    added = *waiting;
  } else {
    attempts.push_back(added);
    ring_.push_back(added);
  }
  // The store gets a copy: the outcome may still be filled in here while it writes.
  if (is_final) unwritten_.push_back(std::make_shared<const Decision>(*added));
  if (unwritten_.size() >= kBatch) flush();
  if (ring_.size() <= kept_) return;

  const std::shared_ptr<Decision> oldest = std::move(ring_.front());
  ring_.pop_front();
  const auto of_request = by_request_.find(oldest->request);
  if (of_request == by_request_.end()) return;
  std::erase(of_request->second, oldest);
  if (of_request->second.empty()) by_request_.erase(of_request);
}

void DecisionLog::set_outcome(const RequestId& request,
                              uint32_t attempt,
                              const SeenOutcome& outcome) {
  const auto found = by_request_.find(request);
  if (found == by_request_.end()) return;
  for (const auto& decision : found->second) {
    if (decision->attempt == attempt) decision->outcome = outcome;
  }
}

std::vector<std::shared_ptr<const Decision>> DecisionLog::find(const RequestId& request) const {
  const auto found = by_request_.find(request);
  if (found == by_request_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

void DecisionLog::flush() {
  if (unwritten_.empty()) return;
  const bool is_time_to_prune = ++written_ % kPruneEach == 0;
  outbox_.write([batch = std::exchange(unwritten_, {}), is_time_to_prune](Database& database) {
    DecisionTables table(database);
    for (const auto& decision : batch)
      table.add(row_of(*decision));
    if (is_time_to_prune) table.prune(kStored);
  });
}

}  // namespace suan::scheduler
