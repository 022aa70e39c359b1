#include <algorithm>

#include <gtest/gtest.h>

#include "catalog/types/uuid.h"
#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

const Peer kObserver("observer");

/// Two sites, and an observer that says what the test wants.
struct Bench : ServerWorld {
  Bench() {
    join("bj-1", "beijing");
    join("sh-1", "shanghai");
    deploy();
    advance(3s);
    clear();
  }

  /// Asks for a campaign and plans one execution on each named node.
  std::string run_on(const std::vector<std::pair<std::string, std::string>>& places) {
    command("bench.run", {{"spec", {{"name", "demo"}}}});
    std::string id =
        sent(Side::Observer, v1::Envelope::kBenchPlan).back().bench_plan().campaign_id();
    v1::Envelope message;
    v1::BenchPlanned& planned = *message.mutable_bench_planned();
    planned.set_campaign_id(id);
    for (const auto& [site, node] : places) {
      v1::BenchExecution& execution = *planned.add_executions();
      execution.set_site_id(site);
      execution.set_node_id(node);
      execution.set_deadline_us(5'000'000);
    }
    deliver(Side::Observer, kObserver, message);
    return id;
  }

  std::vector<std::string> started() {
    std::vector<std::string> run_ids;
    for (const auto& start : sent(Side::Observer, v1::Envelope::kBenchStart)) {
      run_ids.push_back(start.bench_start().run_id());
    }
    return run_ids;
  }

  void seal(const std::string& run_id,
            const std::string& status = "complete",
            const std::vector<std::string>& flags = {}) {
    v1::Envelope message;
    message.mutable_bench_seal()->set_run_id(run_id);
    message.mutable_bench_seal()->set_status(status);
    for (const std::string& flag : flags)
      message.mutable_bench_seal()->add_flags(flag);
    deliver(Side::Observer, kObserver, message);
  }

  void measure(const std::string& campaign, const std::string& run_id, double tokens_per_s) {
    v1::Envelope message;
    message.mutable_measured()->set_campaign_id(campaign);
    message.mutable_measured()->set_summary_json(R"({"sites":2})");
    v1::MeasurementRow& row = *message.mutable_measured()->add_rows();
    row.set_run_id(run_id);
    row.set_site_id("beijing");
    row.set_node_id("bj-1");
    row.set_model_id("stories-moe");
    row.set_metric("decode_tokens_per_s");
    row.set_value(tokens_per_s);
    row.set_log_sd(0.1);
    row.set_evidence("serving");
    deliver(Side::Observer, kObserver, message);
  }

  double believed() {
    return server->core()
        .estimator.estimate(NodeId("bj-1"), ModelId("stories-moe"), wall)
        ->decode_tokens_per_s;
  }

  Json runs_of(const std::string& campaign) {
    return query("benchmarks/runs/" + campaign).at("runs");
  }
};

TEST(Campaigns, ExecutionsRunOneAfterTheOtherAndResultsReachPlacement) {
  Bench bench;
  const double before = bench.believed();

  const std::string campaign = bench.run_on({{"beijing", "bj-1"}, {"shanghai", "sh-1"}});
  ASSERT_EQ(bench.started().size(), 1U);
  bench.seal(bench.started()[0]);
  ASSERT_EQ(bench.started().size(), 2U);
  bench.seal(bench.started()[1]);
  bench.measure(campaign, bench.started()[0], 400);
  bench.advance(1s);

  EXPECT_GT(bench.believed(), 2 * before);
  EXPECT_EQ(bench.query("benchmarks/runs/" + campaign).at("status"), "complete");
  EXPECT_EQ(bench.query("benchmarks/runs/" + campaign).at("summary").at("sites"), 2);
  EXPECT_EQ(bench.node_state("bj-1"), "ready") << "a sealed run ends probation";
  bench.submit(request(1), 1);
  const Json decision =
      bench.query("decisions/" + to_string(request(1).request.value()), "tenant");
  const Json& relied_on = decision.at("relied_on");
  EXPECT_NE(std::find(relied_on.begin(), relied_on.end(), bench.started()[0]), relied_on.end())
      << "explain names the run: " << relied_on;
}

TEST(Campaigns, TheAskerLearnsTheNumberOfExecutions) {
  Bench bench;

  const std::string campaign = bench.run_on({{"beijing", "bj-1"}});

  const auto answers = bench.sent(Side::Gateway, v1::Envelope::kAnswer);
  const Json json = parse_json(answers.back().answer().json()).value();
  EXPECT_EQ(json.at("campaign_id"), campaign);
  EXPECT_EQ(json.at("executions"), 1);
}

TEST(Campaigns, ARunIsWrittenDownBeforeItStarts) {
  Bench bench;

  const std::string campaign = bench.run_on({{"beijing", "bj-1"}});

  EXPECT_EQ(bench.runs_of(campaign).at(0).at("status"), "started");
}

TEST(Campaigns, AnInvalidSuiteIsRefusedWithTheObserversWords) {
  Bench bench;
  bench.command("bench.run", {{"spec", {{"name", "demo"}}}});
  v1::Envelope message;
  message.mutable_bench_planned()->set_campaign_id(
      bench.sent(Side::Observer, v1::Envelope::kBenchPlan)[0].bench_plan().campaign_id());
  message.mutable_bench_planned()->set_code("bad_request");
  message.mutable_bench_planned()->set_message("\"benchmarks\" is missing");

  bench.deliver(Side::Observer, kObserver, message);

  const auto answers = bench.sent(Side::Gateway, v1::Envelope::kAnswer);
  EXPECT_EQ(answers.back().answer().code(), "bad_request");
  EXPECT_EQ(answers.back().answer().message(), "\"benchmarks\" is missing");
  EXPECT_FALSE(bench.server->core().campaigns.is_running());
}

TEST(Campaigns, FlaggedAndForeignRunsNeverReachPlacement) {
  Bench bench;
  const double before = bench.believed();
  const std::string campaign = bench.run_on({{"beijing", "bj-1"}, {"beijing", "bj-1"}});
  bench.seal(bench.started()[0], "complete", {"busy_node"});
  bench.seal(bench.started()[1]);

  bench.measure(campaign, bench.started()[0], 4000);
  const bool is_flagged_ignored = bench.believed() == before;
  const std::string second = bench.run_on({{"shanghai", "sh-1"}});
  bench.seal(bench.started()[2]);
  bench.measure(second, bench.started()[2], 4000);  // the row names another node

  EXPECT_TRUE(is_flagged_ignored);
  EXPECT_EQ(bench.believed(), before);
}

TEST(Campaigns, ASilentObserverIsATimeout) {
  Bench bench;
  const std::string campaign = bench.run_on({{"beijing", "bj-1"}, {"shanghai", "sh-1"}});

  bench.advance(16s);
  const Json after_first = bench.runs_of(campaign);
  bench.advance(16s);

  EXPECT_EQ(after_first.at(0).at("status"), "timeout");
  EXPECT_EQ(after_first.at(1).at("status"), "started");
  EXPECT_EQ(bench.query("benchmarks/runs/" + campaign).at("status"), "aborted");
  EXPECT_FALSE(bench.sent(Side::Observer, v1::Envelope::kBenchAbort).empty());
}

TEST(Campaigns, ALateSealChangesNothing) {
  Bench bench;
  const std::string campaign = bench.run_on({{"beijing", "bj-1"}, {"shanghai", "sh-1"}});
  bench.advance(16s);

  bench.seal(bench.started()[0]);

  EXPECT_EQ(bench.runs_of(campaign).at(0).at("status"), "timeout");
}

TEST(Campaigns, AbortingSealsEveryRunThatWasStarted) {
  Bench bench;
  const std::string campaign = bench.run_on({{"beijing", "bj-1"}, {"shanghai", "sh-1"}});

  bench.must("bench.abort", {{"id", campaign}});

  for (const Json& run : bench.runs_of(campaign))
    EXPECT_EQ(run.at("status"), "aborted");
  EXPECT_EQ(bench.sent(Side::Observer, v1::Envelope::kBenchAbort).size(), 1U);
  EXPECT_EQ(bench.command("bench.abort", {{"id", campaign}}).code(), "not_found");
}

TEST(Campaigns, ALostNodeAbortsItsExecutionAndTheOthersGoOn) {
  Bench bench;
  const std::string campaign = bench.run_on({{"beijing", "bj-1"}, {"shanghai", "sh-1"}});

  bench.agent("bj-1").boot = "boot-2";
  bench.send_register(bench.agent("bj-1"));

  const Json runs = bench.runs_of(campaign);
  EXPECT_EQ(runs.at(0).at("status"), "aborted");
  EXPECT_EQ(runs.at(0).at("reason"), "link");
  EXPECT_EQ(runs.at(1).at("status"), "started");
}

TEST(Campaigns, I5_OpenRunsAreSealedAfterARestart) {
  Bench bench;
  const std::string campaign = bench.run_on({{"beijing", "bj-1"}});

  bench.restart();

  const Json run = bench.runs_of(campaign).at(0);
  EXPECT_EQ(run.at("status"), "aborted");
  EXPECT_EQ(run.at("reason"), "restart");
  EXPECT_EQ(bench.query("benchmarks/runs/" + campaign).at("status"), "aborted");
}

TEST(Campaigns, LinesGoToTheRecordOfTheirRun) {
  Bench bench;
  bench.run_on({{"beijing", "bj-1"}});
  v1::Envelope message;
  message.mutable_bench_lines()->set_run_id(bench.started()[0]);
  message.mutable_bench_lines()->add_lines("{}");
  bench.deliver(Side::Observer, kObserver, message);
  message.mutable_bench_lines()->set_run_id("../../etc/passwd");
  bench.deliver(Side::Observer, kObserver, message);

  ASSERT_EQ(bench.lines.size(), 1U);
  EXPECT_EQ(bench.lines[0].run_id, bench.started()[0]);
}

TEST(Campaigns, ASecondCampaignWaitsForTheFirst) {
  Bench bench;
  const std::string first = bench.run_on({{"beijing", "bj-1"}});
  bench.command("bench.run", {{"spec", {{"name", "second"}}}});
  const size_t plans = bench.sent(Side::Observer, v1::Envelope::kBenchPlan).size();

  bench.must("bench.abort", {{"id", first}});

  EXPECT_EQ(plans, 1U);
  EXPECT_EQ(bench.sent(Side::Observer, v1::Envelope::kBenchPlan).size(), 2U);
}

}  // namespace
}  // namespace suan::scheduler
