#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/node.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"
#include "scheduler/placement/breaker.h"
#include "scheduler/placement/prefix_table.h"

namespace suan::scheduler {

/// What one request takes on a replica, besides one slot.
struct Demand {
  uint32_t kv_tokens = 0;       // prompt and expected output
  uint32_t prefill_tokens = 0;  // of the prompt, those not cached
};

/// What is promised on one replica right now: its last report and the starts after it.
struct Load {
  uint32_t slots = 0;
  uint32_t kv_tokens_total = 0;
  uint32_t in_flight = 0;
  uint32_t kv_tokens_taken = 0;
  uint32_t prefill_tokens_queued = 0;
  Time reported_at{};
  Breaker breaker;
};

/// Room taken on one replica for one request; gives it back when destroyed.
///
/// Move-only. Must not outlive the LoadTable it came from.
class Reservation {
 public:
  Reservation() = default;  // holds nothing
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation();

  [[nodiscard]] const ReplicaId& replica() const { return replica_; }

  [[nodiscard]] bool is_held() const { return table_ != nullptr; }

  /// The prompt is in the cache now (`Progress` says so): frees the queued prefill.
  void first_token_seen();
  void release();

 private:
  friend class LoadTable;

  Reservation(class LoadTable& table, ReplicaId replica, uint64_t serial)
      : table_(&table), replica_(replica), serial_(serial) {}

  class LoadTable* table_ = nullptr;
  ReplicaId replica_;
  uint64_t serial_ = 0;  // of this reservation within the table
};

/// What is promised on every replica, between reports too.
///
/// A heartbeat names the highest `Start` that its node had seen. Load is what we have promised
/// and not seen end; of starts that the node has seen, its own report counts where it is
/// higher, and alone once it has been lower for 5 s (an end was lost).
/// Threads:  the scheduler loop only.
class LoadTable {
 public:
  explicit LoadTable(uint32_t prefix_entries = 1U << 16U) : prefixes_(prefix_entries) {}

  LoadTable(const LoadTable&) = delete;  // reservations point here
  LoadTable& operator=(const LoadTable&) = delete;

  /// Adds the replica, or changes what it can take; what is promised stays, even above it.
  void set_capacity(const ReplicaId& replica, uint32_t slots, uint32_t kv_tokens_total);

  /// Forgets the replica; its reservations end without effect.
  void remove(const ReplicaId& replica);

  /// Takes a heartbeat's word. `start_seq_seen` as in the message.
  void report(const ReplicaId& replica,
              const ReplicaLoad& load,
              uint64_t start_seq_seen,
              Time now);

  /// Takes room for one request whose `Start` will carry `start_seq`.
  ///
  /// Errors:   ReplicaGone, NoCapacity
  [[nodiscard]] Result<Reservation> reserve(const ReplicaId& replica,
                                            const Demand& demand,
                                            uint64_t start_seq);

  /// Takes room without asking, for an attempt that runs already (adopted after a restart).
  [[nodiscard]] Result<Reservation> adopt(const ReplicaId& replica,
                                          const Demand& demand,
                                          uint64_t start_seq);

  /// Null: not here.
  [[nodiscard]] const Load* find(const ReplicaId& replica) const;

  void succeeded(const ReplicaId& replica);
  void failed(const ReplicaId& replica, Time now);

  [[nodiscard]] PrefixTable& prefixes() { return prefixes_; }

  [[nodiscard]] const PrefixTable& prefixes() const { return prefixes_; }

 private:
  friend class Reservation;

  struct Promise {
    uint64_t serial = 0;
    Demand demand;
    uint64_t start_seq = 0;
  };

  struct Entry {
    Load load;
    ReplicaLoad reported;
    uint64_t start_seq_seen = 0;
    std::optional<Time> lower_since;  // the report counts fewer than we do
    bool is_report_alone = false;
    std::vector<Promise> promises;  // as many as slots, about
  };

  static void recount(Entry& entry);
  Reservation promise(Entry& entry,
                      const ReplicaId& replica,
                      const Demand& demand,
                      uint64_t start_seq);
  void release(const ReplicaId& replica, uint64_t serial);
  void clear_prefill(const ReplicaId& replica, uint64_t serial);

  std::unordered_map<ReplicaId, Entry> entries_;
  uint64_t last_serial_ = 0;
  PrefixTable prefixes_;
};

}  // namespace suan::scheduler
