#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/bench_tables.h"
#include "catalog/types/measurement.h"
#include "catalog/types/random.h"
#include "catalog/types/result.h"
#include "scheduler/server/events.h"
#include "scheduler/server/membership.h"
#include "scheduler/server/outbox.h"

namespace suan::v1 {
class BenchPlanned;
class BenchProgress;
class BenchSeal;
class BenchLines;
class Measured;
}  // namespace suan::v1

namespace suan::scheduler {

/// Runs benchmarks: one campaign at a time, its executions one after the other, each sealed
/// exactly once: complete, aborted with a reason, or timed out.
///
/// The observer says what a suite's executions are, plays them, seals them and says what the
/// valid ones mean; the campaign decides when, within deadlines, and keeps the books. A run is
/// written down before its start is disclosed.
/// Threads:  the scheduler loop only.
class Campaigns {
 public:
  /// The answer to whoever asked: the campaign and how many executions it has, or why not.
  using Answer = std::function<void(Result<std::string> json)>;
  /// Measurements that may be relied on, for catalog and estimator.
  using OnMeasured = std::function<void(const std::vector<Measurement>&)>;

  struct Request {
    std::string spec_json;
    std::vector<SiteId> sites;  // empty: all
    AccountId account;
  };

  Campaigns(const Membership& membership,
            Outbox& outbox,
            uint64_t seed,
            OnMeasured on_measured);

  /// Whether there is an observer at all.
  void set_observer(bool is_there) { has_observer_ = is_there; }

  /// Campaigns that wait for their turn have a place in a short queue.
  void run(Request request, const Moment& moment, Answer answer);
  /// Errors:   NotFound  it does not run (or has ended)
  [[nodiscard]] Result<void> abort(const std::string& campaign_id,
                                   const std::string& reason,
                                   const Moment& moment);

  void planned(const v1::BenchPlanned& message, const Moment& moment);
  void progressed(const v1::BenchProgress& message, const Moment& moment);
  void keep_lines(const v1::BenchLines& message);
  void sealed(const v1::BenchSeal& message, const Moment& moment);
  void measured(const v1::Measured& message, const Moment& moment);

  /// The node of a running execution is gone: the execution is aborted.
  void node_over(const NodeId& node, const Moment& moment);

  /// Deadlines.
  void turn(const Moment& moment);
  void push_back(Duration stall);

  [[nodiscard]] bool is_running() const { return current_.has_value(); }

 private:
  enum class Phase : uint8_t { Planning, Running, Measuring };

  struct Campaign {
    BenchCampaignRow row;
    Phase phase = Phase::Planning;
    std::vector<BenchRunRow> runs;  // in the order in which they must run
    std::vector<uint32_t> cells;    // of the runs
    std::vector<uint32_t> blocks;
    std::vector<Duration> limits;
    uint32_t timeouts = 0;  // in a row
    size_t next = 0;        // the run that is on, or comes next
    Time deadline{};
    Answer answer;  // until planned
  };

  struct Waiting {
    Request request;
    BenchCampaignRow row;
    Answer answer;
  };

  void begin(Waiting waiting, const Moment& moment);
  void start_next(const Moment& moment);
  void start(BenchRunRow& run, const Moment& moment);
  void seal(const std::string& status,
            const std::string& reason,
            std::vector<std::string> flags,
            const Moment& moment);
  void finish(const std::string& status, const Moment& moment);
  void refuse(const Error& error, const Moment& moment);
  [[nodiscard]] bool may_rely_on(const Measurement& measurement) const;
  [[nodiscard]] BenchRunRow* current_run();
  void tell(const std::string& text, const Moment& moment);
  void save_campaign();
  void save(const BenchRunRow& run);
  void send_abort(const std::string& reason);

  const Membership& membership_;
  Outbox& outbox_;
  Random random_;
  OnMeasured on_measured_;
  bool has_observer_ = false;
  std::optional<Campaign> current_;
  std::deque<Waiting> waiting_;
};

}  // namespace suan::scheduler
