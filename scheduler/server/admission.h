#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/types/request.h"
#include "catalog/types/result.h"
#include "scheduler/server/fair_queues.h"
#include "scheduler/server/server_config.h"

namespace suan::scheduler {

/// Work that one model's replicas have finished lately.
///
/// Units:    output-token equivalents per second, over the last 10 whole seconds
class ServiceRate {
 public:
  void add(uint64_t work, Time now);
  [[nodiscard]] double per_second(Time now) const;

 private:
  static constexpr int64_t kSeconds = 10;
  void forget_old(int64_t second);

  std::array<uint64_t, kSeconds> work_{};
  int64_t second_ = 0;  // of the newest entry
};

/// Why a request was turned away, and when to come back.
struct TurnedAway {
  Error error;
  Duration retry_after{};
};

/// The central queues: one fair queue per class and model, with room and waits that have limits.
///
/// Predicted wait = queued work of this class and of those before it, over the rate at which the
/// model is being served (what its replicas say they can do, until 10 s of queueing are seen).
/// Threads:  the scheduler loop only.
class Admission {
 public:
  explicit Admission(QueueLimits limits) : limits_(limits) {}

  /// Lets a request wait, or says why not. `capacity` is what the model's ready replicas can do
  /// together by their own measurement, in work per second.
  std::optional<TurnedAway> wait(Queued request, double capacity, Time now);

  /// Offers waiting requests of `model`: paid before free before batch (which gets every 20th
  /// turn once its oldest has waited a minute). Until nothing more is taken, 256 at most.
  void dispatch(const ModelId& model, Time now, const FairQueue::Try& offer);

  /// The request leaves the queue (its client has gone). Nothing if it does not wait.
  std::optional<Queued> cancel(const RequestId& request);

  /// Removes every request whose deadline or class limit has passed.
  std::vector<Queued> expired(Time now);

  /// Work dispatched without waiting.
  void charge(const RequestFacts& facts, uint64_t work);
  /// The true work of a finished request beside what was charged.
  void finished(ServiceClass service_class,
                const ModelId& model,
                const AccountId& account,
                uint64_t charged,
                uint64_t used,
                Time now);

  [[nodiscard]] bool is_waiting(const ModelId& model) const;

  [[nodiscard]] bool is_waiting(const RequestId& request) const {
    return places_.contains(request);
  }

  [[nodiscard]] std::vector<ModelId> models_waiting() const;

  [[nodiscard]] bool is_anything_waiting() const { return !places_.empty(); }

  [[nodiscard]] uint32_t size(ServiceClass service_class) const;
  [[nodiscard]] Duration wait_limit(ServiceClass service_class) const;

 private:
  using Key = std::pair<ModelId, ServiceClass>;

  struct Room {
    uint64_t bytes = 0;
    uint32_t entries = 0;
  };

  struct Place {
    Key key;
    AccountId account;
    uint64_t bytes = 0;
  };

  [[nodiscard]] double predicted_wait_s(const Queued& request, double capacity, Time now) const;
  [[nodiscard]] uint64_t bytes_limit(ServiceClass service_class) const;
  bool dispatch_one(const ModelId& model, Time now, const FairQueue::Try& offer);
  bool dispatch_from(const Key& key, const FairQueue::Try& offer);
  void left(const RequestId& request);

  QueueLimits limits_;
  std::map<Key, FairQueue> queues_;
  std::map<ModelId, ServiceRate> rates_;
  std::map<ModelId, Time> backlogged_since_;
  std::array<Room, 3> rooms_{};
  std::unordered_map<RequestId, Place> places_;
  uint64_t turns_ = 0;
};

}  // namespace suan::scheduler
