#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include "scheduler/server/events.h"

namespace suan::scheduler {

/// Gathers the actions of one step; stamps messages with schema, epochs and numbers.
///
/// Threads:  the scheduler loop only.
class Outbox {
 public:
  using Then = std::function<void(const std::string& error)>;

  /// `gateway` is what the gateway's channel calls the other end.
  explicit Outbox(Peer gateway) : gateway_(std::move(gateway)) {}

  void set_scheduler_epoch(uint64_t epoch) { scheduler_epoch_ = epoch; }

  /// An envelope on its way to a node (or ticket); fill in its body.
  v1::Envelope& to_agent(const Peer& agent, uint64_t node_epoch, StreamId stream = {});
  v1::Envelope& to_gateway(StreamId stream = {});
  v1::Envelope& to_observer();

  /// Writes behind; `then`, if given, runs in the step in which the write has ended.
  void write(Store::Job job, Then then = nullptr);
  /// The end of write `number`, from the role.
  void written(uint64_t number, const std::string& error);

  /// Writes that failed so far, for metrics.
  [[nodiscard]] uint64_t writes_failed() const { return writes_failed_; }

  void keep(std::string run_id, std::vector<std::string> lines);
  /// Wants a plan made elsewhere; Planned follows.
  void plan(PlanWanted wanted);
  void forget(const Peer& agent);
  void note(std::string sentence);

  /// Hands out everything gathered since the last call.
  [[nodiscard]] Actions take();

 private:
  v1::Envelope& add(Side side, const Peer& to, uint64_t node_epoch, StreamId stream);

  Peer gateway_;
  Peer observer_{"observer"};
  uint64_t scheduler_epoch_ = 0;
  uint64_t last_write_ = 0;
  uint64_t writes_failed_ = 0;
  std::unordered_map<Peer, uint64_t> seqs_;
  std::map<uint64_t, Then> awaited_;
  Actions actions_;
};

}  // namespace suan::scheduler
