#pragma once

#include <functional>
#include <map>
#include <utility>

#include "bench/target.h"

namespace suan::bench {

/// A target in virtual time: one server that answers after a fixed time, token by token.
class FakeTarget final : public Target {
 public:
  int64_t ttft_ns = 20'000'000;
  int64_t tpot_ns = 5'000'000;
  int64_t dispatch_delay_ns = 0;  // every wait oversleeps by this
  std::string status = "ok";
  bool is_silent = false;  // never answers
  uint32_t started = 0;

  int64_t now_ns() const override { return now_; }

  void start(const Timeline&, const ScheduledRequest& request, Callbacks callbacks) override {
    ++started;
    if (is_silent) {
      return;
    }
    const int64_t first = now_ + ttft_ns;
    const int64_t last = first + tpot_ns * (request.output_tokens - 1);
    for (uint32_t i = 0; i < request.output_tokens && status == "ok"; ++i) {
      const int64_t at = first + tpot_ns * i;
      events_.emplace(at, [callbacks, at] { callbacks.on_chunk(at); });
    }
    const RequestEnd end{
        .at_ns = last,
        .status = status,
        .usage = {.prompt_tokens = request.prompt_tokens,
                  .completion_tokens = status == "ok" ? request.output_tokens : 0}};
    events_.emplace(last, [callbacks, end] { callbacks.on_end(end); });
  }

  void wait(int64_t until_ns) override {
    if (!events_.empty() && events_.begin()->first <= until_ns) {
      now_ = std::max(now_, events_.begin()->first);
      const auto event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      event();
      return;
    }
    now_ = std::max(now_, until_ns) + dispatch_delay_ns;
  }

 private:
  int64_t now_ = 1'000'000'000;
  std::multimap<int64_t, std::function<void()>> events_;
};

}  // namespace suan::bench
