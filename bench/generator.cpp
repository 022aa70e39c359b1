#include "bench/generator.h"

#include <exception>
#include <utility>

namespace suan::bench {

Generator::Generator(TargetFactory make_target, uint32_t jobs_max, Hooks hooks)
    : make_target_(std::move(make_target)),
      hooks_(std::move(hooks)),
      jobs_(jobs_max),
      thread_([this] { work(); }) {}

Generator::~Generator() {
  is_closing_.store(true);
  jobs_.close();
  thread_.join();
}

bool Generator::push(GeneratorJob job) {
  return jobs_.try_push(std::move(job));
}

void Generator::work() {
  while (auto job = jobs_.pop()) {
    if (is_closing_.load()) {
      return;
    }
    hooks_.on_end(run(*job));
  }
}

GeneratorOutcome Generator::run(const GeneratorJob& job) {
  GeneratorOutcome outcome{.campaign_id = job.intent.campaign_id, .run_id = job.intent.run_id};
  // A target that cannot be made or breaks must end this execution, not the thread.
  try {
    const auto target = make_target_(job.intent.scope.site, job.intent.scope.node);
    const CpuTimes before = read_cpu_times();
    const RunLimits limits{.deadline_ns =
                               target->now_ns() + job.intent.deadline.count() * 1000};
    const RunResult result = play(
        *target, job.timeline, limits,
        [&] { return is_closing_.load() || job.is_aborted->load(); },
        [&](uint32_t done, uint32_t total) { hooks_.on_progress(job, done, total); });
    const double steal = steal_share(before, read_cpu_times());
    outcome.status = result.status;
    outcome.reason = result.reason;
    outcome.flags = validity_flags(result, steal);
    outcome.lines = record_lines(job.intent, result, outcome.flags, steal);
    outcome.summary = summarize(result, job.slo);
  } catch (const std::exception& broken) {
    outcome.status = "aborted";
    outcome.reason = broken.what();
  }
  return outcome;
}

}  // namespace suan::bench
