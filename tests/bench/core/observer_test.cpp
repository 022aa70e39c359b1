#include "bench/observer.h"

#include <map>

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "catalog/wire/convert.h"
#include "catalog/wire/zmq_channel.h"
#include "tests/bench/core/fake_target.h"
#include "tests/bench/core/small_spec.h"

namespace suan::bench {
namespace {

/// The scheduler's part: plans a campaign, starts one execution after another, collects.
class Scheduler {
 public:
  Scheduler(ZmqLoop& loop, Channel& channel) : loop_(loop), channel_(channel) {
    channel_.on_message([this](const Peer& from, const v1::Envelope& message) {
      EXPECT_EQ(from, Peer("observer"));
      receive(message);
    });
  }

  void plan(const std::string& spec_json) {
    v1::Envelope envelope;
    v1::BenchPlan& plan = *envelope.mutable_bench_plan();
    plan.set_campaign_id("c1");
    plan.set_spec_json(spec_json);
    for (const char* site : {"a", "b"}) {
      v1::BenchTarget& target = *plan.add_targets();
      target.set_site_id(site);
      target.set_node_id(std::string(site) + "1");
    }
    send(envelope);
  }

  void start(const v1::BenchExecution& execution, const std::string& run_id) {
    v1::Envelope envelope;
    v1::BenchStart& start = *envelope.mutable_bench_start();
    start.set_campaign_id("c1");
    start.set_run_id(run_id);
    *start.mutable_execution() = execution;
    send(envelope);
  }

  void abort() {
    v1::Envelope envelope;
    envelope.mutable_bench_abort()->set_campaign_id("c1");
    send(envelope);
  }

  v1::BenchPlanned planned;
  std::map<std::string, v1::BenchSeal> seals;
  std::map<std::string, int> lines;
  v1::Measured measured;
  bool starts_executions = true;
  std::function<void()> after_planned;

 private:
  void receive(const v1::Envelope& message) {
    if (message.has_bench_planned()) {
      planned = message.bench_planned();
      if (after_planned) after_planned();
      start_next();
    } else if (message.has_bench_lines()) {
      lines[message.bench_lines().run_id()] += message.bench_lines().lines_size();
    } else if (message.has_bench_seal()) {
      seals[message.bench_seal().run_id()] = message.bench_seal();
      start_next();
    } else if (message.has_measured()) {
      measured = message.measured();
      loop_.stop();
    }
  }

  void start_next() {
    if (!planned.code().empty() || !starts_executions) {
      loop_.stop();
    } else if (next_ < planned.executions_size()) {
      start(planned.executions(next_), "run-" + std::to_string(next_));
      ++next_;
    }
  }

  void send(v1::Envelope& envelope) {
    envelope.set_schema(kWireSchema);
    ASSERT_TRUE(channel_.send(Peer("observer"), envelope));
  }

  ZmqLoop& loop_;
  Channel& channel_;
  int next_ = 0;
};

struct Pair {
  ZmqContext context;
  ZmqLoop loop{context};
  std::unique_ptr<ZmqChannel> scheduler_end =
      ZmqChannel::bind_pair(loop, "observer", Peer("observer"));
  std::unique_ptr<ZmqChannel> observer_end =
      ZmqChannel::connect_pair(loop, "observer", Peer("scheduler"));
  Scheduler scheduler{loop, *scheduler_end};

  void run() {
    loop.after(20s, [this] {
      ADD_FAILURE() << "nothing ended in time";
      loop.stop();
    });
    loop.run();
  }
};

TargetFactory fake_targets(int64_t slow_ttft_ns) {
  return [slow_ttft_ns](const SiteId& site, const NodeId&) {
    auto target = std::make_unique<FakeTarget>();
    target->ttft_ns = site == SiteId("b") ? slow_ttft_ns : 20'000'000;
    return target;
  };
}

TEST(Observer, RunsACampaignAndReportsWhatValidRunsSay) {
  Pair pair;
  const Observer observer(pair.loop, *pair.observer_end, fake_targets(60'000'000));

  pair.scheduler.plan(small_spec_text());
  pair.run();

  EXPECT_EQ(pair.scheduler.planned.executions_size(), 12);
  EXPECT_EQ(pair.scheduler.planned.spec_sha256(), small_spec().spec_sha256);
  ASSERT_EQ(pair.scheduler.seals.size(), 12U);
  for (const auto& [run_id, seal] : pair.scheduler.seals) {
    EXPECT_EQ(seal.status(), "complete");
    EXPECT_EQ(pair.scheduler.lines[run_id], 5);
  }
  std::map<std::string, double> ttft_ms;
  for (const v1::MeasurementRow& row : pair.scheduler.measured.rows()) {
    const auto measurement = read(row, WallTime{});
    ASSERT_TRUE(measurement) << measurement.error();
    EXPECT_EQ(measurement->evidence, Evidence::Serving);
    if (measurement->metric == Metric::TtftMilliseconds) {
      ttft_ms[measurement->node.value()] = measurement->value;
      EXPECT_TRUE(measurement->low && measurement->high);
    }
  }
  EXPECT_EQ(ttft_ms, (std::map<std::string, double>{{"a1", 20}, {"b1", 60}}));
  EXPECT_EQ(parse_json(pair.scheduler.measured.summary_json())->at("name"), "small");
}

TEST(Observer, RefusesAPlanWithItsFault) {
  Pair pair;
  const Observer observer(pair.loop, *pair.observer_end, fake_targets(1));

  pair.scheduler.plan(replaced(small_spec_text(), "rate_per_s", "rates"));
  pair.run();

  EXPECT_EQ(pair.scheduler.planned.code(), "bad_request");
  EXPECT_EQ(pair.scheduler.planned.param(), "sweep.rates");
  EXPECT_EQ(pair.scheduler.planned.executions_size(), 0);
}

TEST(Observer, SealsWhatItCannotRun) {
  Pair pair;
  const Observer observer(pair.loop, *pair.observer_end, fake_targets(1));
  v1::BenchExecution unknown;
  unknown.set_execution(77);
  pair.scheduler.starts_executions = false;

  pair.scheduler.start(unknown, "run-x");
  pair.run();

  EXPECT_EQ(pair.scheduler.seals["run-x"].status(), "aborted");
  EXPECT_EQ(pair.scheduler.seals["run-x"].reason(), "the observer does not know this campaign");
}

TEST(Observer, SealsAnExecutionWhoseTargetCannotBeMade) {
  Pair pair;
  const Observer observer(pair.loop, *pair.observer_end,
                          [](const SiteId&, const NodeId&) -> std::unique_ptr<Target> {
                            throw std::runtime_error("no way to the gateway");
                          });

  pair.scheduler.plan(small_spec_text());
  pair.run();

  ASSERT_EQ(pair.scheduler.seals.size(), 12U);
  EXPECT_EQ(pair.scheduler.seals["run-0"].status(), "aborted");
  EXPECT_EQ(pair.scheduler.seals["run-0"].reason(), "no way to the gateway");
  EXPECT_EQ(pair.scheduler.measured.rows_size(), 0);
}

TEST(Observer, EndsAnExecutionWhoseCampaignIsAborted) {
  Pair pair;
  const Observer observer(pair.loop, *pair.observer_end, [](const SiteId&, const NodeId&) {
    auto target = std::make_unique<FakeTarget>();
    target->is_silent = true;
    return target;
  });
  pair.scheduler.after_planned = [&] {
    pair.scheduler.start(pair.scheduler.planned.executions(0), "run-0");
    pair.scheduler.abort();
  };
  pair.scheduler.plan(small_spec_text());
  pair.loop.after(20s, [&] { pair.loop.stop(); });

  // The abort removes the campaign, so the next start is refused; the first ends by itself.
  while (!pair.scheduler.seals.contains("run-0")) {
    pair.loop.after(5ms, [&] { pair.loop.stop(); });
    pair.loop.run();
  }

  EXPECT_NE(pair.scheduler.seals["run-0"].status(), "complete");
}

}  // namespace
}  // namespace suan::bench
