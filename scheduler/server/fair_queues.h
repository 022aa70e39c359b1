#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "catalog/types/request.h"
#include "catalog/types/time.h"

namespace suan::scheduler {

/// A request that waits at the centre for room somewhere.
struct Queued {
  RequestFacts facts;
  StreamId stream;
  Time queued_at{};
  Time deadline = Time::max();
  uint64_t work = 1;  // expected, in output-token equivalents
};

/// What became of the request that a queue offered.
enum class Offered : uint8_t {
  Taken,    // it is placed: charge its account
  Blocked,  // no room for it now: keep it
  Dropped,  // it has ended without being served
};

/// One queue of a service class and a model: fair between accounts by virtual token counters.
///
/// The backlogged account with the least V/weight goes first (ties to the lesser name); a
/// dispatch charges the expected work, `correct` the rest once it is known. An account that
/// becomes backlogged is lifted to the least V of those that wait (or, if none does, to that of
/// the last one served), so that idling saves nothing.
/// Source:   Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024), VTC
class FairQueue {
 public:
  using Try = std::function<Offered(const Queued&)>;

  void push(Queued request);

  /// Offers heads until one is taken, in order of fairness; at most `kBlockedMax` accounts
  /// whose head finds no room are passed over. True when one was taken.
  bool dispatch(const Try& offer);

  /// Takes a request out, if it is here.
  std::optional<Queued> remove(const AccountId& account, const RequestId& request);

  /// Takes out all whose deadline has passed.
  std::vector<Queued> remove_expired(Time now);

  /// Work that was dispatched without waiting: counts like any other.
  void charge(const AccountId& account, uint64_t work);

  /// Adds (or gives back) the difference between true and expected work.
  void correct(const AccountId& account, int64_t work);

  /// Requires: weight > 0.
  void set_weight(const AccountId& account, uint32_t weight);

  [[nodiscard]] uint32_t size() const { return size_; }

  [[nodiscard]] uint64_t work() const { return work_; }

  /// Nothing when empty.
  [[nodiscard]] std::optional<Time> oldest() const;

  /// V/weight of an account, for tests and metrics.
  [[nodiscard]] double counter(const AccountId& account) const;

  static constexpr size_t kBlockedMax = 8;

 private:
  struct Backlog {
    double v = 0;  // work served, over weight
    uint32_t weight = 1;
    std::deque<Queued> waiting;
  };

  std::optional<Queued> take(Backlog& backlog, size_t index);
  void prune();

  std::map<AccountId, Backlog> accounts_;
  uint32_t size_ = 0;
  uint64_t work_ = 0;
  double v_served_ = 0;  // of the account dispatched last
};

}  // namespace suan::scheduler
