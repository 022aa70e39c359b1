#include "bench/scenario/scenario.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "bench/scenario/requests.h"
#include "tests/bench/scenario/small_scenario.h"

namespace suan::bench {
namespace {

TEST(Scenario, JoinsWhatItsFilesSay) {
  const auto scenario = read_scenario(small_scenario(), small_file);
  ASSERT_TRUE(scenario) << scenario.error();

  ASSERT_EQ(scenario->sites.size(), 2U);
  EXPECT_EQ(scenario->sites[0].site.region, "Up");
  EXPECT_EQ(scenario->sites[0].one_way, 500us);   // where the control plane is
  EXPECT_EQ(scenario->sites[1].one_way, 3500us);  // 1 + 2 ms of fibre and half a millisecond
  ASSERT_EQ(scenario->nodes.size(), 3U);
  EXPECT_EQ(scenario->nodes[2].rates.slots, 16U);
  EXPECT_EQ(scenario->models[0].served.parameters, 8e9);
  EXPECT_EQ(scenario->models[0].served.context_tokens, 8'192U);
  EXPECT_EQ(scenario->clients.size(), 2U);
  ASSERT_EQ(scenario->notes.size(), 1U);
  EXPECT_NE(scenario->notes[0].find("Abroad"), std::string::npos);
}

TEST(Scenario, TakesASiteThatNoFileLists) {
  const auto scenario = read_scenario(
      small_scenario(R"({"id": "hill",)", R"({"id": "tower", "region": "Up", "at": 1,)"),
      small_file);

  ASSERT_TRUE(scenario) << scenario.error();
  EXPECT_EQ(scenario->sites[0].one_way, 1500us);
}

TEST(Scenario, PutsAListedSiteWhereItIsToldTo) {
  const auto scenario = read_scenario(
      small_scenario(R"({"id": "lake",)", R"({"id": "lake", "at": 1,)"), small_file);

  ASSERT_TRUE(scenario) << scenario.error();
  EXPECT_EQ(scenario->sites[1].one_way, 1500us);
  EXPECT_EQ(scenario->sites[1].site.region, "Down");
}

TEST(Scenario, MakesJitterNoFasterThanTheShortestPath) {
  const FileReader files = [](const std::string& name) -> Result<std::string> {
    if (name == "jitter.csv") return "ratio_to_median\n0.1\n1.5\n50\n";
    return small_file(name);
  };
  const auto scenario = read_scenario(
      small_scenario(R"("control_plane_at")", R"("jitter": "jitter.csv", "control_plane_at")"),
      files);
  ASSERT_TRUE(scenario) << scenario.error();

  EXPECT_EQ(scenario->jitter, (std::vector<float>{1, 1.5, 3}));
}

/// What a scenario is told when something in it is wrong.
struct Fault {
  const char* name;
  const char* replaced;
  const char* by;
  const char* message;  // how it begins
};

class ScenarioFaults : public testing::TestWithParam<Fault> {};

TEST_P(ScenarioFaults, AreNamed) {
  const Fault& fault = GetParam();

  const auto scenario = read_scenario(small_scenario(fault.replaced, fault.by), small_file);

  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().message.rfind(fault.message, 0), 0U) << scenario.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ScenarioFaults,
    testing::Values(
        Fault{"UnknownKey", R"("duration_s")", R"("duration")",
              "duration (line 5): unknown key; did you mean duration_s?"},
        Fault{"UnknownKeyInAList", R"("count": 2)", R"("cuont": 2)",
              "sites[0].nodes[0].cuont: unknown key; did you mean count?"},
        Fault{"WrongType", R"("duration_s": 60)", R"("duration_s": "60")",
              "duration_s (line 5): must be a number from 1 to 604800"},
        Fault{"AbsurdNumber", R"("count": 2)", R"("count": 0)",
              "sites[0].nodes[0].count: must be a whole number from 1 to 20000"},
        Fault{"NoNumber", R"("rate_per_s": 10)", R"("rate_per_s": 1e999)",
              "not acceptable as JSON"},
        Fault{"OtherFormat", "suan.scenario/1", "suan.scenario/2",
              "format (line 3): must be \"suan.scenario/1\""},
        Fault{"MissingKey", R"("control_plane_at": 0)", R"("jitter_max": 2)",
              "topology.control_plane_at: is missing"},
        Fault{"UnknownSite", R"("id": "lake")", R"("id": "lakes")",
              "sites: no file lists a site lakes; did you mean lake?"},
        Fault{"SiteTwice", R"("id": "lake")", R"("id": "hill")", "sites: hill is there twice"},
        Fault{"NoPath", R"("id": "lake",)", R"("id": "far", "at": 9,)",
              "site far stands at 9 (Abroad), from which no path of links with a known length "
              "leads to the control plane at 0 (North)"},
        Fault{"NodeOfAnotherTopology", R"("nodes.csv")", R"("elsewhere.csv")",
              "site lake lies 2113 km from 2 (Arctic); is its node one of another topology?"},
        Fault{"NoSuchPlace", R"("id": "lake",)", R"("id": "far", "at": 4,)",
              "site far stands at node 4, which the topology lacks"},
        Fault{"UnknownDevice", R"("device": "Slow")", R"("device": "Slo")",
              "sites: nobody lists a device Slo; did you mean Slow?"},
        Fault{"DeviceWithoutFigures", R"("device": "Slow")", R"("device": "Unknown")",
              "site lake, 1 x Unknown with qwen3-8b: device Unknown has no figure for its "
              "bandwidth (nobody)"},
        Fault{"UnknownModel", R"("model": "qwen3-8b", "slots")", R"("model": "qwen", "slots")",
              "site lake serves qwen, which models lacks"},
        Fault{"UnknownRow", R"("size_b": 8)", R"("size_b": 9)",
              "models: no row qwen3 with 9 billion parameters as fp8; there are 8 fp8, 30 fp8"},
        Fault{"ModelWithoutNumbers",
              R"("row": {"name": "qwen3", "size_b": 8, "format": "fp8"},)", "",
              "models[0].parameters_b: is missing, as there is no row either"},
        Fault{"ModelThatDoesNotFit", R"("context_tokens": 8192)",
              R"("context_tokens": 1000000)",
              "site hill, 1 x Quick with qwen3-8b: 8 GB of weights and a cache of 1000000 "
              "tokens"},
        Fault{"KeyOfAnotherLoad", R"("arrivals": "poisson")", R"("arrivals": "trace")",
              "load.rate_per_s (line 12): has no meaning for trace"},
        Fault{"UnknownArrivals", R"("arrivals": "poisson")", R"("arrivals": "uniform")",
              "load.arrivals (line 12): must be one of poisson, trace, day_curve"},
        Fault{"UnknownEvent", R"("events": [])", R"("events": [{"event": "fire"}])",
              "events[0].event: must be one of flash_crowd, site_loss, slow_link, lying_site, "
              "rolling_restart"},
        Fault{"EventAtNoSite", R"("events": [])",
              R"("events": [{"event": "site_loss", "site": "moon", "at_s": 1}])",
              "events: sites has no moon"},
        Fault{"EventAfterTheEnd", R"("events": [])",
              R"("events": [{"event": "site_loss", "site": "hill", "at_s": 61}])",
              "events[0].at_s: must be a number from 0 to 60"},
        Fault{"FileThatIsNotThere", R"("links.csv")", R"("link.csv")", "there is no link.csv"}),
    [](const testing::TestParamInfo<Fault>& param) { return std::string(param.param.name); });

class ShippedScenarios : public testing::TestWithParam<std::string> {};

TEST_P(ShippedScenarios, AreReadAndAskForSomething) {
  const auto text = shipped_file(GetParam() + ".json");
  ASSERT_TRUE(text) << text.error();

  const auto scenario = read_scenario(*text, shipped_file);

  ASSERT_TRUE(scenario) << scenario.error();
  EXPECT_EQ(scenario->name, GetParam());
  const auto plan = make_requests(*scenario, scenario->seed);
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_GT(plan->requests.size(), 500U);
}

INSTANTIATE_TEST_SUITE_P(All,
                         ShippedScenarios,
                         testing::Values("cernet20",
                                         "day_curve",
                                         "flash_crowd",
                                         "lying_site",
                                         "prefix_heavy",
                                         "rolling_restart",
                                         "site_loss",
                                         "slow_link"),
                         [](const testing::TestParamInfo<std::string>& param) {
                           return param.param;
                         });

TEST(ShippedScenarios, AreAllTested) {
  size_t scenarios = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(SUAN_SOURCE_DIR) + "/bench/networks")) {
    if (entry.path().extension() == ".json") ++scenarios;
  }
  EXPECT_EQ(scenarios, 8U);
}

}  // namespace
}  // namespace suan::bench
