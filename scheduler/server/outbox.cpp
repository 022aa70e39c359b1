#include "scheduler/server/outbox.h"

#include <utility>

#include "catalog/wire/convert.h"

namespace suan::scheduler {

v1::Envelope& Outbox::to_agent(const Peer& agent, uint64_t node_epoch, StreamId stream) {
  return add(Side::Agents, agent, node_epoch, stream);
}

v1::Envelope& Outbox::to_gateway(StreamId stream) {
  return add(Side::Gateway, gateway_, 0, stream);
}

v1::Envelope& Outbox::to_observer() {
  return add(Side::Observer, observer_, 0, {});
}

v1::Envelope& Outbox::add(Side side, const Peer& to, uint64_t node_epoch, StreamId stream) {
  auto message = std::make_shared<v1::Envelope>();
  message->set_schema(kWireSchema);
  message->set_scheduler_epoch(scheduler_epoch_);
  message->set_node_epoch(node_epoch);
  message->set_seq(++seqs_[to]);
  actions_.sends.push_back({side, to, std::move(message), stream});
  return *actions_.sends.back().message;
}

void Outbox::write(Store::Job job, Then then) {
  const uint64_t number = ++last_write_;
  actions_.writes.push_back({number, std::move(job)});
  if (then) awaited_.emplace(number, std::move(then));
}

void Outbox::written(uint64_t number, const std::string& error) {
  if (!error.empty()) {
    ++writes_failed_;
    note("the store refused a write: " + error);
  }
  auto awaited = awaited_.extract(number);
  if (!awaited.empty()) awaited.mapped()(error);
}

void Outbox::keep(std::string run_id, std::vector<std::string> lines) {
  actions_.lines.push_back({std::move(run_id), std::move(lines)});
}

void Outbox::plan(PlanWanted wanted) {
  actions_.plans.push_back(std::move(wanted));
}

void Outbox::forget(const Peer& agent) {
  seqs_.erase(agent);
  actions_.forgotten.push_back(agent);
}

void Outbox::note(std::string sentence) {
  actions_.notes.push_back(std::move(sentence));
}

Actions Outbox::take() {
  return std::exchange(actions_, {});
}

}  // namespace suan::scheduler
