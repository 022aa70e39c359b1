#include "bench/run.h"

#include <algorithm>

namespace suan::bench {

namespace {

constexpr int64_t kLeadNs = 5'000'000;     // between warm-up and the first request
constexpr int64_t kLookUpNs = 50'000'000;  // how often an abort is noticed while waiting

/// Plays one timeline; owns nothing that outlives `run`.
class Playing {
 public:
  Playing(Target& target,
          const Timeline& timeline,
          const RunLimits& limits,
          const std::function<bool()>& is_aborted,
          const std::function<void(uint32_t, uint32_t)>& on_progress)
      : target_(target),
        timeline_(timeline),
        limits_(limits),
        is_aborted_(is_aborted),
        on_progress_(on_progress) {}

  RunResult run() {
    // Callbacks hold references into these vectors, so they never grow.
    result_.warmup.resize(timeline_.warmup.size());
    result_.requests.resize(timeline_.measured.size());
    zero_ns_ = target_.now_ns();
    play_one_by_one(timeline_.warmup, result_.warmup);
    zero_ns_ = target_.now_ns() + kLeadNs;
    if (timeline_.is_one_at_a_time) {
      play_one_by_one(timeline_.measured, result_.requests);
    } else {
      play_open_loop();
    }
    wait_for_all();
    give_up_on(result_.warmup);
    give_up_on(result_.requests);
    return std::move(result_);
  }

 private:
  void play_one_by_one(const std::vector<ScheduledRequest>& requests,
                       std::vector<RequestRecord>& records) {
    for (size_t i = 0; i < requests.size() && !must_stop(); ++i) {
      const int64_t intended_ns = std::max(target_.now_ns() - zero_ns_, int64_t{0});
      wait_until(zero_ns_ + intended_ns);
      send(requests[i], intended_ns, records[i]);
      wait_for_all();
    }
  }

  void play_open_loop() {
    for (size_t i = 0; i < timeline_.measured.size(); ++i) {
      const ScheduledRequest& request = timeline_.measured[i];
      wait_until(zero_ns_ + request.start_ns);
      if (must_stop()) {
        return;
      }
      if (in_flight_ >= limits_.in_flight_max) {
        result_.is_generator_capped = true;
        while (in_flight_ >= limits_.in_flight_max && !must_stop()) {
          target_.wait(target_.now_ns() + kLookUpNs);
        }
      }
      send(request, request.start_ns, result_.requests[i]);
    }
  }

  void send(const ScheduledRequest& request, int64_t start_ns, RequestRecord& record) {
    record.number = request.number;
    record.start_ns = start_ns;
    record.dispatch_ns = target_.now_ns() - zero_ns_;
    ++in_flight_;
    const int64_t zero_ns = zero_ns_;
    target_.start(
        timeline_, request,
        {.on_chunk = [&record,
                      zero_ns](int64_t at_ns) { record.chunks_ns.push_back(at_ns - zero_ns); },
         .on_end = [this, &record](const RequestEnd& end) { finish(record, end); }});
  }

  void finish(RequestRecord& record, const RequestEnd& end) {
    record.status = end.status;
    record.error = end.error;
    record.usage = end.usage;
    --in_flight_;
    ++done_;
    on_progress_(done_,
                 static_cast<uint32_t>(timeline_.warmup.size() + timeline_.measured.size()));
  }

  void wait_until(int64_t until_ns) {
    while (target_.now_ns() < until_ns && !must_stop()) {
      target_.wait(std::min(until_ns, target_.now_ns() + kLookUpNs));
    }
  }

  void wait_for_all() {
    while (in_flight_ > 0 && !must_stop()) {
      target_.wait(std::min(limits_.deadline_ns, target_.now_ns() + kLookUpNs));
    }
  }

  bool must_stop() {
    if (result_.status != "complete") {
      return true;
    }
    if (is_aborted_()) {
      result_.status = "aborted";
      result_.reason = "asked to stop";
    } else if (target_.now_ns() >= limits_.deadline_ns) {
      result_.status = "timeout";
      result_.reason = "the execution did not end before its deadline";
    }
    return result_.status != "complete";
  }

  static void give_up_on(std::vector<RequestRecord>& records) {
    for (RequestRecord& record : records) {
      if (record.status.empty()) {
        record.status = "cancelled";
      }
    }
  }

  Target& target_;
  const Timeline& timeline_;
  const RunLimits& limits_;
  const std::function<bool()>& is_aborted_;
  const std::function<void(uint32_t, uint32_t)>& on_progress_;
  RunResult result_;
  int64_t zero_ns_ = 0;
  uint32_t in_flight_ = 0;
  uint32_t done_ = 0;
};

}  // namespace

std::optional<double> RequestRecord::ttft_ms() const {
  if (!is_ok() || chunks_ns.empty()) {
    return std::nullopt;
  }
  return static_cast<double>(chunks_ns.front() - start_ns) / 1e6;
}

std::optional<double> RequestRecord::tpot_ms() const {
  if (!is_ok() || chunks_ns.size() < 2 || usage.completion_tokens < 2) {
    return std::nullopt;
  }
  return static_cast<double>(chunks_ns.back() - chunks_ns.front()) / 1e6 /
         (usage.completion_tokens - 1);
}

RunResult play(Target& target,
               const Timeline& timeline,
               const RunLimits& limits,
               const std::function<bool()>& is_aborted,
               const std::function<void(uint32_t done, uint32_t total)>& on_progress) {
  return Playing(target, timeline, limits, is_aborted, on_progress).run();
}

}  // namespace suan::bench
