#include "catalog/wire/timer_heap.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace suan {

TimerId TimerHeap::add(Time when, Loop::Task task) {
  const uint64_t id = ++id_last_;
  heap_.push_back({when, id});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  tasks_.emplace(id, std::move(task));
  return TimerId(id);
}

void TimerHeap::cancel(TimerId timer) {
  tasks_.erase(timer.value());
  drop_cancelled();
}

std::optional<Time> TimerHeap::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

void TimerHeap::run_due(Time now, const std::function<void(const Loop::Task&)>& run) {
  std::vector<uint64_t> due;
  while (!heap_.empty() && heap_.front().when <= now) {
    due.push_back(heap_.front().id);
    pop();
  }
  for (const uint64_t id : due) {
    const auto found = tasks_.find(id);
    if (found == tasks_.end()) continue;  // cancelled, perhaps by a task before it
    const Loop::Task task = std::move(found->second);
    tasks_.erase(found);
    run(task);
  }
  drop_cancelled();
}

void TimerHeap::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  heap_.pop_back();
}

/// Keeps the front alive, and the heap at most twice as large as its living timers: most
/// deadlines are cancelled long before they are due.
void TimerHeap::drop_cancelled() {
  if (heap_.size() > 2 * tasks_.size() + 64) {
    std::erase_if(heap_, [&](const Entry& entry) { return !tasks_.contains(entry.id); });
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  while (!heap_.empty() && !tasks_.contains(heap_.front().id))
    pop();
}

}  // namespace suan
