#pragma once

#include <cstdint>
#include <deque>

#include "bench/sim/sim_world.h"
#include "catalog/store/store.h"
#include "catalog/types/random.h"

namespace suan::bench {

/// What the simulated disk does.
struct SimStoreFaults {
  Duration latency = 500us;  // of one durable transaction
  double in_doubt = 0;       // commits, but the answer is lost: the job runs again
  double failure = 0;        // not committed, after all retries
};

/// `Store` over a database, in virtual time: jobs run one after the other, each a latency long.
///
/// Destroying it is a crash: what was asked and not yet run never happened. The database, handed
/// in, survives.
/// Threads:  the world's.
class SimStore final : public Store, private SimTarget {
 public:
  /// `world` and `database` must outlive the store.
  SimStore(SimWorld& world, Database& database, const SimStoreFaults& faults, uint64_t seed);
  ~SimStore() override;
  SimStore(const SimStore&) = delete;
  SimStore& operator=(const SimStore&) = delete;

  bool ask(Job job, Post answer_to, Then then) override;

  /// Nothing is finished before `until`, as when a disk hangs.
  void stall(Time until);

  [[nodiscard]] size_t waiting() const { return jobs_.size(); }

 private:
  struct Asked {
    Job job;
    Post answer_to;
    Then then;
  };

  void fire(uint64_t token) override;
  std::string run(const Job& job);
  void schedule_next();

  SimWorld& world_;
  Database& database_;
  SimStoreFaults faults_;
  Random random_;
  SimTargetId id_;
  std::deque<Asked> jobs_;  // the first is being run
  Time busy_until_{};
};

}  // namespace suan::bench
