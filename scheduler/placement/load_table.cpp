#include "scheduler/placement/load_table.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace suan::scheduler {

namespace {

constexpr Duration kTrustReportAfter = 5s;

uint32_t less(uint32_t a, uint32_t b) {
  return a > b ? a - b : 0;
}

uint32_t capped_sum(uint32_t a, uint32_t b) {
  return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{a} + b, UINT32_MAX));
}

}  // namespace

Reservation::Reservation(Reservation&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)),
      replica_(other.replica_),
      serial_(other.serial_) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this != &other) {
    release();
    table_ = std::exchange(other.table_, nullptr);
    replica_ = other.replica_;
    serial_ = other.serial_;
  }
  return *this;
}

Reservation::~Reservation() {
  release();
}

void Reservation::first_token_seen() {
  if (table_ != nullptr) {
    table_->clear_prefill(replica_, serial_);
  }
}

void Reservation::release() {
  if (LoadTable* table = std::exchange(table_, nullptr)) {
    table->release(replica_, serial_);
  }
}

void LoadTable::set_capacity(const ReplicaId& replica,
                             uint32_t slots,
                             uint32_t kv_tokens_total) {
  Load& load = entries_[replica].load;
  load.slots = slots;
  load.kv_tokens_total = kv_tokens_total;
}

void LoadTable::remove(const ReplicaId& replica) {
  entries_.erase(replica);
  prefixes_.forget(replica);
}

void LoadTable::report(const ReplicaId& replica,
                       const ReplicaLoad& load,
                       uint64_t start_seq_seen,
                       Time now) {
  const auto found = entries_.find(replica);
  if (found == entries_.end()) {
    return;
  }
  Entry& entry = found->second;
  entry.reported = load;
  entry.start_seq_seen = start_seq_seen;
  entry.load.reported_at = now;

  const auto seen = std::ranges::count_if(entry.promises, [&](const Promise& promise) {
    return promise.start_seq <= start_seq_seen;
  });
  if (capped_sum(load.running, load.waiting) >= seen) {
    entry.lower_since.reset();
  } else if (!entry.lower_since) {
    entry.lower_since = now;
  }
  entry.is_report_alone = entry.lower_since && now - *entry.lower_since >= kTrustReportAfter;
  recount(entry);
}

Result<Reservation> LoadTable::reserve(const ReplicaId& replica,
                                       const Demand& demand,
                                       uint64_t start_seq) {
  const auto found = entries_.find(replica);
  if (found == entries_.end()) {
    return fail(ErrorCode::ReplicaGone, "replica {} is not here", replica.value());
  }
  const Load& load = found->second.load;
  if (load.in_flight >= load.slots) {
    return fail(ErrorCode::NoCapacity, "replica {} has {} of {} slots taken", replica.value(),
                load.in_flight, load.slots);
  }
  // Capacity can shrink below what is already promised, so compare without subtracting.
  if (uint64_t{load.kv_tokens_taken} + demand.kv_tokens > load.kv_tokens_total) {
    return fail(ErrorCode::NoCapacity, "replica {} has {} of {} KV tokens taken, {} more asked",
                replica.value(), load.kv_tokens_taken, load.kv_tokens_total, demand.kv_tokens);
  }
  return promise(found->second, replica, demand, start_seq);
}

Result<Reservation> LoadTable::adopt(const ReplicaId& replica,
                                     const Demand& demand,
                                     uint64_t start_seq) {
  const auto found = entries_.find(replica);
  if (found == entries_.end()) {
    return fail(ErrorCode::ReplicaGone, "replica {} is not here", replica.value());
  }
  return promise(found->second, replica, demand, start_seq);
}

const Load* LoadTable::find(const ReplicaId& replica) const {
  const auto found = entries_.find(replica);
  return found == entries_.end() ? nullptr : &found->second.load;
}

void LoadTable::succeeded(const ReplicaId& replica) {
  if (const auto found = entries_.find(replica); found != entries_.end()) {
    found->second.load.breaker.succeeded();
  }
}

void LoadTable::failed(const ReplicaId& replica, Time now) {
  if (const auto found = entries_.find(replica); found != entries_.end()) {
    found->second.load.breaker.failed(now);
  }
}

void LoadTable::recount(Entry& entry) {
  uint32_t seen = 0;
  uint32_t seen_kv_tokens = 0;
  Demand later;
  uint32_t later_count = 0;
  for (const Promise& promise : entry.promises) {
    if (promise.start_seq <= entry.start_seq_seen) {
      ++seen;
      seen_kv_tokens = capped_sum(seen_kv_tokens, promise.demand.kv_tokens);
    } else {
      ++later_count;
      later.kv_tokens = capped_sum(later.kv_tokens, promise.demand.kv_tokens);
      later.prefill_tokens = capped_sum(later.prefill_tokens, promise.demand.prefill_tokens);
    }
  }
  if (entry.is_report_alone) {
    seen = 0;
    seen_kv_tokens = 0;
  }
  const ReplicaLoad& reported = entry.reported;
  Load& load = entry.load;
  const uint32_t reported_count = capped_sum(reported.running, reported.waiting);
  load.in_flight = capped_sum(std::max(reported_count, seen), later_count);
  load.kv_tokens_taken =
      capped_sum(std::max(reported.kv_tokens_taken, seen_kv_tokens), later.kv_tokens);
  load.prefill_tokens_queued = capped_sum(reported.prefill_tokens_queued, later.prefill_tokens);
}

Reservation LoadTable::promise(Entry& entry,
                               const ReplicaId& replica,
                               const Demand& demand,
                               uint64_t start_seq) {
  const uint64_t serial = ++last_serial_;
  entry.promises.push_back({.serial = serial, .demand = demand, .start_seq = start_seq});
  recount(entry);
  return Reservation(*this, replica, serial);
}

void LoadTable::release(const ReplicaId& replica, uint64_t serial) {
  const auto found = entries_.find(replica);
  if (found == entries_.end()) {
    return;
  }
  Entry& entry = found->second;
  const auto promise = std::ranges::find(entry.promises, serial, &Promise::serial);
  if (promise == entry.promises.end()) {
    return;  // the replica went and came back meanwhile
  }
  // The report still counts it; messages of one agent keep their order, so the next will not.
  if (promise->start_seq <= entry.start_seq_seen && !entry.is_report_alone) {
    ReplicaLoad& reported = entry.reported;
    (reported.running > 0 ? reported.running : reported.waiting) =
        less(reported.running > 0 ? reported.running : reported.waiting, 1);
    reported.kv_tokens_taken = less(reported.kv_tokens_taken, promise->demand.kv_tokens);
  }
  entry.promises.erase(promise);
  recount(entry);
}

void LoadTable::clear_prefill(const ReplicaId& replica, uint64_t serial) {
  const auto found = entries_.find(replica);
  if (found == entries_.end()) {
    return;
  }
  Entry& entry = found->second;
  const auto promise = std::ranges::find(entry.promises, serial, &Promise::serial);
  if (promise == entry.promises.end()) {
    return;
  }
  if (promise->start_seq <= entry.start_seq_seen) {
    entry.reported.prefill_tokens_queued =
        less(entry.reported.prefill_tokens_queued, promise->demand.prefill_tokens);
  }
  promise->demand.prefill_tokens = 0;
  recount(entry);
}

}  // namespace suan::scheduler
