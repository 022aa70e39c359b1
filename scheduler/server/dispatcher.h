#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/types/random.h"
#include "catalog/types/request.h"
#include "scheduler/placement/cluster_view.h"
#include "scheduler/placement/load_table.h"
#include "scheduler/placement/place.h"
#include "scheduler/server/admission.h"
#include "scheduler/server/attempt.h"
#include "scheduler/server/decision_log.h"
#include "scheduler/server/demand_book.h"
#include "scheduler/server/deployer.h"
#include "scheduler/server/learning.h"
#include "scheduler/server/membership.h"
#include "scheduler/server/outbox.h"
#include "scheduler/server/server_config.h"

namespace suan::scheduler {

/// What all ready replicas of a model can do together, by their own measurement.
struct ServiceCapacity {
  double work_per_s = 0;  // output-token equivalents
  double prefill_to_output =
      0.1;  // what one uncached prompt token costs beside an output token
};

struct DispatchCounters {
  uint64_t submitted = 0;
  uint64_t placed = 0;
  uint64_t queued = 0;
  uint64_t refused = 0;
  uint64_t turned_away = 0;  // 429
  uint64_t finished = 0;
  uint64_t start_failed = 0;  // not taken by the channel: placed again
  uint64_t start_unacknowledged = 0;
  uint64_t lost = 0;  // attempts that ended with their node
};

/// Follows each request from Submit to the end of its attempt at a replica.
///
/// A Start that its node does not acknowledge within a second (by Progress, by a heartbeat's
/// `start_seq_seen`, or by its end) has failed: the node is told to stop it and the gateway gets
/// Rejected{replica_gone} for the attempt. It is not placed again here, since the gateway may
/// have sent the body already and owns the one retry policy; a Start that the channel did not
/// even take is, since nobody has heard of it.
/// Threads:  the scheduler loop only.
class Dispatcher {
 public:
  struct Parts {
    Membership& membership;
    const Deployer& deployer;
    LoadTable& load;
    Learning& learning;
    DemandBook& demand;
    DecisionLog& decisions;
    Outbox& outbox;
  };

  Dispatcher(Parts parts, const ServerConfig& config);

  void set_view(std::shared_ptr<const ClusterView> view,
                std::map<ModelId, ServiceCapacity> capacities);

  /// `renew` calls `set_view` if the facts have changed since the last view, and says whether it
  /// did. A request is refused by the newest facts only, never by a view some ms behind them.
  void set_renewal(std::function<bool(const Moment&)> renew) { renew_view_ = std::move(renew); }

  void submit(RequestFacts facts, StreamId stream, const Moment& moment);
  void cancel(const RequestId& request, StreamId stream);
  void start_failed(StreamId stream, const Moment& moment);

  void progressed(const NodeId& node, StreamId stream, bool has_first_token);
  void finished(NodeRecord& node, const AttemptReport& report, const Moment& moment);
  /// A heartbeat came in: ends attempts whose end was lost.
  void reported(const NodeRecord& node, Time now);

  /// What a node still runs after it registered anew; every other attempt there is over.
  void adopt(NodeRecord& node, const std::vector<RunningAttempt>& running, Time now);
  /// All attempts on the node are over.
  void node_over(const NodeId& node);

  /// Deadlines: unacknowledged starts, requests that waited too long.
  void turn(const Moment& moment);
  /// Offers waiting requests to whatever has room now.
  void pump(const Moment& moment);
  /// Attempts whose end was never told; once a minute is enough.
  void drop_overdue(Time now);
  void push_back(Duration stall);

  [[nodiscard]] const DispatchCounters& counters() const { return counters_; }

  [[nodiscard]] const Admission& admission() const { return admission_; }

  [[nodiscard]] bool is_anything_waiting() const { return admission_.is_anything_waiting(); }

  [[nodiscard]] size_t running() const { return attempts_.size(); }

 private:
  enum class Tried : uint8_t { Placed, Full, Refused };

  Tried try_place(const RequestFacts& facts,
                  StreamId stream,
                  Time queued_at,
                  const Moment& moment);
  void start(const RequestFacts& facts,
             StreamId stream,
             const Placement& placement,
             Reservation reservation,
             NodeRecord& node,
             uint64_t lease_epoch,
             const Moment& moment);
  void send_start(const Attempt& attempt, const RequestFacts& facts, const NodeRecord& node);
  void send_placed(const Attempt& attempt, const Placement& placement, std::string reason);
  void tell_placement(const RequestFacts& facts,
                      const Placement& placement,
                      const Moment& moment);
  void wait(const RequestFacts& facts, StreamId stream, const Moment& moment);
  void reject(const RequestFacts& facts, const Error& error, Duration retry_after);
  void record(const RequestFacts& facts,
              Decision decision,
              Time queued_at,
              const Moment& moment);
  void acknowledge_or_fail(const Moment& moment);
  void add(Attempt attempt);
  /// Its reservation gives the room back when the attempt is destroyed.
  Attempt take(std::unordered_map<StreamId, Attempt>::iterator attempt);
  void note_demand(const RequestFacts& facts, const Moment& moment);
  [[nodiscard]] uint64_t work_of_request(const RequestFacts& facts) const;
  [[nodiscard]] ServiceCapacity capacity_of(const ModelId& model) const;
  [[nodiscard]] bool is_known(const RequestFacts& facts, StreamId stream) const;

  Parts parts_;
  const ServerConfig& config_;
  Random random_;
  Admission admission_;
  std::shared_ptr<const ClusterView> view_;
  std::function<bool(const Moment&)> renew_view_ = [](const Moment&) { return false; };
  std::map<ModelId, ServiceCapacity> capacities_;
  std::unordered_map<StreamId, Attempt> attempts_;
  std::unordered_map<ReplicaId, uint32_t> attempts_on_;  // how many
  std::deque<StreamId> unacknowledged_;                  // in order of their starts
  std::unordered_map<ReplicaId, Time> idle_since_;       // though we believe that it works
  Time events_second_{};
  uint32_t events_in_second_ = 0;
  DispatchCounters counters_;
};

}  // namespace suan::scheduler
