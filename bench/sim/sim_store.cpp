#include "bench/sim/sim_store.h"

#include <algorithm>
#include <utility>

namespace suan::bench {

namespace {

constexpr size_t kJobsMax = 10'000;

}  // namespace

SimStore::SimStore(SimWorld& world,
                   Database& database,
                   const SimStoreFaults& faults,
                   uint64_t seed)
    : world_(world),
      database_(database),
      faults_(faults),
      random_(seed),
      id_(world.add(*this)) {}

SimStore::~SimStore() {
  world_.remove(id_);
}

bool SimStore::ask(Job job, Post answer_to, Then then) {
  if (jobs_.size() >= kJobsMax) return false;
  jobs_.push_back({std::move(job), std::move(answer_to), std::move(then)});
  if (jobs_.size() == 1) schedule_next();
  return true;
}

void SimStore::stall(Time until) {
  busy_until_ = std::max(busy_until_, until);
}

void SimStore::schedule_next() {
  busy_until_ = std::max(busy_until_, world_.now()) + faults_.latency;
  world_.schedule(busy_until_, id_, 0);
}

void SimStore::fire(uint64_t) {
  if (world_.now() < busy_until_) return world_.schedule(busy_until_, id_, 0);  // stalled

  Asked asked = std::move(jobs_.front());
  jobs_.pop_front();
  if (!jobs_.empty()) schedule_next();
  const std::string error = run(asked.job);
  asked.answer_to([then = std::move(asked.then), error] { then(error); });
}

/// One transaction; the sentence of its error, or "".
std::string SimStore::run(const Job& job) {
  if (random_.uniform() < faults_.failure) return "the simulated store failed";
  const int times = random_.uniform() < faults_.in_doubt ? 2 : 1;
  try {
    for (int i = 0; i < times; ++i)
      database_.in_transaction(job);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace suan::bench
