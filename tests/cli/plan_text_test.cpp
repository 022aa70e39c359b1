#include "cli/plan_text.h"

#include <gtest/gtest.h>

#include "cli/client.h"

namespace suan::cli {
namespace {

constexpr const char* kPlan = R"({"is_settled":true,
  "replicas":[{"node":"a1","model":"m"},{"node":"b1","model":"m"}],
  "loads":[{"node":"b1","model":"m"}],
  "unloads":[{"node":"c1","model":"m"}],
  "shares":[{"model":"m","site":"a","share":70},{"model":"m","site":"b","share":30}],
  "shortages":[{"model":"n","wanted":1,"placed":0,"reason":"no node has it"}],
  "cost_moves":2,"bound":980000000,"cost_n_per_s":1000000000,"bound_n_per_s":980000000,
  "gap":0.0204,
  "pools":[{"site":"a","device_class":"cpu","devices":1,"devices_taken":0.75,
            "shadow_price_yuan_per_h":3.6}],
  "unmet":[{"model":"m","demand_etok_per_s":500,"unmet_etok_per_s":200}]})";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(PlanText, TellsMovesCostBoundAndWhatIsScarce) {
  const std::string text = plan_text(kPlan, false);

  EXPECT_TRUE(has(text, "load")) << text;
  EXPECT_TRUE(has(text, "unload")) << text;
  EXPECT_TRUE(has(text,
                  "It costs 3600.000000 yuan/h; no plan costs less than 3528.000000 "
                  "(gap 2.04 %)."))
      << text;
  EXPECT_TRUE(has(text, "MARGINAL YUAN/H")) << text;
  EXPECT_TRUE(has(text, "Of 500 etok/s that m is asked for, 200 cannot be served.")) << text;
  EXPECT_TRUE(has(text, "n: no node has it.")) << text;
}

TEST(PlanText, SaysNothingOfCostWhereNothingFollowsDemand) {
  const std::string text = plan_text(
      R"({"replicas":[{"node":"a1","model":"m"}],"loads":[],"unloads":[],"cost_n_per_s":null})",
      false);

  EXPECT_TRUE(has(text, "a1")) << text;
  EXPECT_FALSE(has(text, "costs")) << text;
}

TEST(PlanText, RefusesWhatIsNoPlan) {
  EXPECT_THROW((void)plan_text("[]", false), Failure);
  EXPECT_THROW((void)plan_text("{", false), Failure);
  EXPECT_THROW((void)plan_text(R"({"items":[]})", false), Failure);
}

}  // namespace
}  // namespace suan::cli
