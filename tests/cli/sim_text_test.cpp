#include "cli/sim_text.h"

#include <gtest/gtest.h>

#include "bench/sim/scenario_run.h"
#include "tests/bench/scenario/small_scenario.h"

namespace suan::cli {
namespace {

SimOutcome outcome() {
  SimOutcome outcome;
  outcome.scenario = *bench::read_scenario(bench::small_scenario(), bench::small_file);
  outcome.plan = *bench::make_requests(outcome.scenario, 1);
  for (const char* policy : {"suan", "round_robin"})
    outcome.reports.push_back(*bench::simulate(outcome.scenario, outcome.plan, 1, policy));
  return outcome;
}

TEST(SimText, MarksEveryMachineAsModelledWithItsSource) {
  const SimOutcome given = outcome();

  const std::string text = scenario_text(given.scenario, given.plan);

  EXPECT_NE(text.find("MODELLED MACHINE"), std::string::npos);
  EXPECT_NE(text.find("bandwidth measured, compute measured"), std::string::npos);
  EXPECT_NE(text.find("measurers"), std::string::npos);
  EXPECT_NE(text.find("Nobody here has these machines"), std::string::npos);
  EXPECT_NE(text.find("(Abroad) has no length: left out"), std::string::npos);
}

TEST(SimText, ComparesPoliciesInOneTable) {
  const std::string text = sim_text(outcome());

  EXPECT_NE(text.find("\nsuan"), std::string::npos);
  EXPECT_NE(text.find("\nround_robin"), std::string::npos);
  EXPECT_EQ(text.find("VIOLATED"), std::string::npos);
}

TEST(SimJson, HoldsRunsMachinesAndComparison) {
  const Json json = sim_json(outcome());

  EXPECT_EQ(json["format"], "suan.sim/1");
  EXPECT_EQ(json["runs"].size(), 2U);
  EXPECT_EQ(json["runs"][0]["digest"].get<std::string>().size(), 16U);
  EXPECT_EQ(json["machines"].size(), 2U);
  for (const Json& machine : json["machines"])
    EXPECT_TRUE(machine["modelled"].get<bool>());
  EXPECT_EQ(json["comparison"][1]["policy"], "round_robin");
  EXPECT_TRUE(json["comparison"][1]["goodput_difference_per_s_low"].is_null());
}

}  // namespace
}  // namespace suan::cli
