#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/record.h"
#include "bench/run_summary.h"
#include "bench/target.h"
#include "catalog/types/bounded_queue.h"

namespace suan::bench {

/// One execution to run.
struct GeneratorJob {
  RunIntent intent;
  Timeline timeline;
  SloSpec slo;
  std::shared_ptr<const std::atomic<bool>> is_aborted;  // set from outside to end it early
};

/// What became of it.
struct GeneratorOutcome {
  std::string campaign_id;
  std::string run_id;
  std::string status;
  std::string reason;
  std::vector<std::string> flags;
  std::vector<std::string> lines;  // the record; empty when nothing was sent
  RunSummary summary;
};

/// Runs executions one at a time on a thread of its own, so that load has its own clock.
///
/// Threads:  `push` and the destructor from one owner; hooks run on the generator's.
class Generator {
 public:
  struct Hooks {
    std::function<void(const GeneratorJob& job, uint32_t done, uint32_t total)> on_progress;
    std::function<void(GeneratorOutcome outcome)> on_end;  // once per job that was taken
  };

  Generator(TargetFactory make_target, uint32_t jobs_max, Hooks hooks);
  ~Generator();  // aborts what runs, forgets what waits
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// False: too many wait already.
  [[nodiscard]] bool push(GeneratorJob job);

 private:
  void work();
  GeneratorOutcome run(const GeneratorJob& job);

  TargetFactory make_target_;
  Hooks hooks_;
  BoundedQueue<GeneratorJob> jobs_;
  std::atomic<bool> is_closing_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace suan::bench
