#include "scheduler/server/admission.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace suan::scheduler {

namespace {

constexpr std::array kClasses = {ServiceClass::Paid, ServiceClass::Free, ServiceClass::Batch};
constexpr uint32_t kDispatchedAtOnce = 256;  // then other events get their turn
constexpr uint64_t kBatchTurn = 20;          // 5% of dispatches
constexpr Duration kBatchPatience = 60s;

int64_t second_of(Time now) {
  return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

/// What an entry costs to keep; strings beyond their objects are few and short.
uint64_t bytes_of(const Queued& request) {
  return sizeof(Queued) + request.facts.prefix_hashes.size() * sizeof(uint64_t) +
         request.facts.wishes.sites.size() * sizeof(SiteId) +
         request.facts.excluded.size() * sizeof(ReplicaId) + request.facts.model.value().size();
}

Duration retry_after_of(double excess_s) {
  const double seconds = std::clamp(std::ceil(excess_s), 1.0, 60.0);
  return Duration(static_cast<int64_t>(seconds) * 1'000'000);
}

}  // namespace

void ServiceRate::forget_old(int64_t second) {
  const int64_t steps = std::min(second - second_, kSeconds);
  for (int64_t i = 1; i <= steps; ++i)
    work_[static_cast<size_t>((second_ + i) % kSeconds)] = 0;
  second_ = std::max(second_, second);
}

void ServiceRate::add(uint64_t work, Time now) {
  forget_old(second_of(now));
  work_[static_cast<size_t>(second_ % kSeconds)] += work;
}

double ServiceRate::per_second(Time now) const {
  ServiceRate copy = *this;
  copy.forget_old(second_of(now));
  uint64_t sum = 0;
  for (const uint64_t work : copy.work_)
    sum += work;
  return static_cast<double>(sum) / static_cast<double>(kSeconds);
}

std::optional<TurnedAway> Admission::wait(Queued request, double capacity, Time now) {
  const ServiceClass service_class = request.facts.service_class;
  const Duration class_limit = wait_limit(service_class);
  Duration limit = std::min(class_limit, request.deadline - now);
  if (request.facts.wishes.ttft_max) {
    limit = std::min(limit, *request.facts.wishes.ttft_max);
  }
  const double wait_s = predicted_wait_s(request, capacity, now);
  if (wait_s > to_seconds(limit)) {
    return TurnedAway{
        {ErrorCode::Overloaded,
         fmt::format("the predicted wait for {} is {:.1f} s, the limit is {:.1f} s",
                     request.facts.model.value(), wait_s, to_seconds(limit))},
        retry_after_of(wait_s - to_seconds(limit))};
  }
  Room& room = rooms_[static_cast<size_t>(service_class)];
  const uint64_t bytes = bytes_of(request);
  if (room.bytes + bytes > bytes_limit(service_class) || room.entries >= limits_.entries) {
    return TurnedAway{
        {ErrorCode::Overloaded, fmt::format("the {} queue is full with {} requests",
                                            to_string(service_class), room.entries)},
        retry_after_of(to_seconds(class_limit))};
  }
  const Key key{request.facts.model, service_class};
  const bool is_new =
      places_.emplace(request.facts.request, Place{key, request.facts.account, bytes}).second;
  if (!is_new) return std::nullopt;  // it waits already
  room.bytes += bytes;
  ++room.entries;
  backlogged_since_.try_emplace(request.facts.model, now);
  request.queued_at = now;
  request.deadline = std::min(request.deadline, now + class_limit);
  queues_[key].push(std::move(request));
  return std::nullopt;
}

double Admission::predicted_wait_s(const Queued& request, double capacity, Time now) const {
  const ModelId& model = request.facts.model;
  uint64_t before = 0;
  for (const ServiceClass service_class : kClasses) {
    if (service_class > request.facts.service_class) break;
    const auto found = queues_.find({model, service_class});
    if (found != queues_.end()) before += found->second.work();
  }
  if (before == 0) return 0;

  double per_second = capacity;
  const auto since = backlogged_since_.find(model);
  const auto rate = rates_.find(model);
  if (since != backlogged_since_.end() && now - since->second >= 10s && rate != rates_.end()) {
    per_second = rate->second.per_second(now);
  }
  return static_cast<double>(before) / std::max(per_second, 1e-3);
}

void Admission::dispatch(const ModelId& model, Time now, const FairQueue::Try& offer) {
  for (uint32_t i = 0; i < kDispatchedAtOnce; ++i) {
    if (!dispatch_one(model, now, offer)) break;
  }
  if (!is_waiting(model)) backlogged_since_.erase(model);
}

bool Admission::dispatch_one(const ModelId& model, Time now, const FairQueue::Try& offer) {
  const auto batch = queues_.find({model, ServiceClass::Batch});
  if (batch != queues_.end() && ++turns_ % kBatchTurn == 0) {
    const std::optional<Time> oldest = batch->second.oldest();
    if (oldest && now - *oldest >= kBatchPatience && dispatch_from(batch->first, offer)) {
      return true;
    }
  }
  for (const ServiceClass service_class : kClasses) {
    if (dispatch_from({model, service_class}, offer)) return true;
  }
  return false;
}

bool Admission::dispatch_from(const Key& key, const FairQueue::Try& offer) {
  const auto queue = queues_.find(key);
  if (queue == queues_.end() || queue->second.size() == 0) return false;
  return queue->second.dispatch([&](const Queued& request) {
    const RequestId id = request.facts.request;
    const Offered answer = offer(request);
    if (answer != Offered::Blocked) left(id);
    return answer;
  });
}

void Admission::left(const RequestId& request) {
  const auto place = places_.extract(request);
  if (place.empty()) return;
  Room& room = rooms_[static_cast<size_t>(place.mapped().key.second)];
  room.bytes -= place.mapped().bytes;
  --room.entries;
}

std::optional<Queued> Admission::cancel(const RequestId& request) {
  const auto place = places_.find(request);
  if (place == places_.end()) return std::nullopt;
  FairQueue& queue = queues_[place->second.key];
  std::optional<Queued> gone = queue.remove(place->second.account, request);
  left(request);
  return gone;
}

std::vector<Queued> Admission::expired(Time now) {
  std::vector<Queued> gone;
  for (auto& [key, queue] : queues_) {
    if (queue.size() == 0) continue;
    for (Queued& request : queue.remove_expired(now)) {
      left(request.facts.request);
      gone.push_back(std::move(request));
    }
  }
  return gone;
}

void Admission::charge(const RequestFacts& facts, uint64_t work) {
  queues_[{facts.model, facts.service_class}].charge(facts.account, work);
}

void Admission::finished(ServiceClass service_class,
                         const ModelId& model,
                         const AccountId& account,
                         uint64_t charged,
                         uint64_t used,
                         Time now) {
  rates_[model].add(used, now);
  const auto queue = queues_.find({model, service_class});
  if (queue == queues_.end()) return;
  queue->second.correct(account, static_cast<int64_t>(used) - static_cast<int64_t>(charged));
}

bool Admission::is_waiting(const ModelId& model) const {
  for (const ServiceClass service_class : kClasses) {
    const auto queue = queues_.find({model, service_class});
    if (queue != queues_.end() && queue->second.size() > 0) return true;
  }
  return false;
}

std::vector<ModelId> Admission::models_waiting() const {
  std::vector<ModelId> models;
  for (const auto& [model, since] : backlogged_since_)
    models.push_back(model);
  return models;
}

uint32_t Admission::size(ServiceClass service_class) const {
  return rooms_[static_cast<size_t>(service_class)].entries;
}

Duration Admission::wait_limit(ServiceClass service_class) const {
  if (service_class == ServiceClass::Paid) return limits_.paid_wait;
  return service_class == ServiceClass::Free ? limits_.free_wait : limits_.batch_wait;
}

uint64_t Admission::bytes_limit(ServiceClass service_class) const {
  if (service_class == ServiceClass::Paid) return limits_.paid_bytes;
  return service_class == ServiceClass::Free ? limits_.free_bytes : limits_.batch_bytes;
}

}  // namespace suan::scheduler
