#include "scheduler/server/fair_queues.h"

#include <algorithm>
#include <cassert>
#include <vector>

namespace suan::scheduler {

namespace {

/// Idle accounts whose counters are kept, so that a short pause is no fresh start.
constexpr size_t kIdleKept = 10'000;

}  // namespace

void FairQueue::push(Queued request) {
  Backlog& backlog = accounts_[request.facts.account];
  if (backlog.waiting.empty()) {
    double least = -1;
    for (const auto& [account, other] : accounts_) {
      if (!other.waiting.empty() && (least < 0 || other.v < least)) least = other.v;
    }
    backlog.v = std::max(backlog.v, least < 0 ? v_served_ : least);
  }
  ++size_;
  work_ += request.work;
  backlog.waiting.push_back(std::move(request));
  prune();
}

bool FairQueue::dispatch(const Try& offer) {
  std::vector<std::pair<double, const AccountId*>> order;
  for (const auto& [account, backlog] : accounts_) {
    if (!backlog.waiting.empty()) order.emplace_back(backlog.v, &account);
  }
  const auto is_before = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : *a.second < *b.second;
  };
  const size_t tried = std::min(order.size(), kBlockedMax);
  std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(tried), order.end(),
                    is_before);
  order.resize(tried);

  for (const auto& [v, account] : order) {
    Backlog& backlog = accounts_[*account];
    while (!backlog.waiting.empty()) {
      const Offered answer = offer(backlog.waiting.front());
      if (answer == Offered::Blocked) break;
      const std::optional<Queued> gone = take(backlog, 0);
      if (answer == Offered::Dropped) continue;
      v_served_ = backlog.v;
      backlog.v += static_cast<double>(gone->work) / backlog.weight;
      return true;
    }
  }
  return false;
}

std::optional<Queued> FairQueue::take(Backlog& backlog, size_t index) {
  assert(index < backlog.waiting.size());
  const auto at = backlog.waiting.begin() + static_cast<ptrdiff_t>(index);
  Queued request = std::move(*at);
  backlog.waiting.erase(at);
  --size_;
  work_ -= request.work;
  return request;
}

std::optional<Queued> FairQueue::remove(const AccountId& account, const RequestId& request) {
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return std::nullopt;
  Backlog& backlog = found->second;
  for (size_t i = 0; i < backlog.waiting.size(); ++i) {
    if (backlog.waiting[i].facts.request == request) return take(backlog, i);
  }
  return std::nullopt;
}

std::vector<Queued> FairQueue::remove_expired(Time now) {
  std::vector<Queued> gone;
  for (auto& [account, backlog] : accounts_) {
    for (size_t i = 0; i < backlog.waiting.size();) {
      if (backlog.waiting[i].deadline > now) {
        ++i;
      } else {
        gone.push_back(*take(backlog, i));
      }
    }
  }
  return gone;
}

void FairQueue::charge(const AccountId& account, uint64_t work) {
  Backlog& backlog = accounts_[account];
  backlog.v = std::max(backlog.v, v_served_);
  v_served_ = backlog.v;
  backlog.v += static_cast<double>(work) / backlog.weight;
  prune();
}

void FairQueue::correct(const AccountId& account, int64_t work) {
  const auto found = accounts_.find(account);
  if (found == accounts_.end()) return;
  Backlog& backlog = found->second;
  backlog.v = std::max(0.0, backlog.v + static_cast<double>(work) / backlog.weight);
}

void FairQueue::set_weight(const AccountId& account, uint32_t weight) {
  assert(weight > 0);
  accounts_[account].weight = weight;
}

std::optional<Time> FairQueue::oldest() const {
  std::optional<Time> oldest;
  for (const auto& [account, backlog] : accounts_) {
    if (backlog.waiting.empty()) continue;
    const Time at = backlog.waiting.front().queued_at;
    if (!oldest || at < *oldest) oldest = at;
  }
  return oldest;
}

double FairQueue::counter(const AccountId& account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() ? 0 : found->second.v;
}

void FairQueue::prune() {
  if (accounts_.size() <= kIdleKept) return;
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    at = at->second.waiting.empty() && at->second.weight == 1 ? accounts_.erase(at) : ++at;
  }
}

}  // namespace suan::scheduler
