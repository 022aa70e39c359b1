#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "bench/scenario/day_curve.h"
#include "bench/scenario/devices_file.h"
#include "bench/scenario/models_file.h"
#include "bench/scenario/sites_file.h"
#include "bench/scenario/trace.h"
#include "tests/bench/scenario/small_scenario.h"

namespace suan::bench {
namespace {

NamedText shipped(const std::string& name) {
  return {name, *shipped_file(name)};
}

const DeviceProfile& find(const std::vector<DeviceProfile>& devices, const std::string& name) {
  return *std::ranges::find(devices, name, &DeviceProfile::name);
}

TEST(DevicesFile, TakesWhatWasMeasuredElseFourFifthsOfThePeak) {
  const auto devices = read_devices(shipped("accelerators.csv"));
  ASSERT_TRUE(devices) << devices.error();

  const DeviceProfile& a100 = find(*devices, "A100-40G-SXM");
  EXPECT_EQ(a100.bandwidth_gb_s, 1328.25);
  EXPECT_EQ(a100.compute_tflops, 259.2);
  EXPECT_EQ(a100.how, "bandwidth measured, compute measured");
  const DeviceProfile& dcu = find(*devices, "DCU-K100-AI");
  EXPECT_NEAR(dcu.bandwidth_gb_s, 0.8 * 896, 1e-9);
  EXPECT_EQ(dcu.how, "bandwidth 0.8 x peak, compute 0.8 x peak");
  EXPECT_EQ(find(*devices, "Ascend-910B-class").bandwidth_gb_s, 0);  // nobody says
}

TEST(DevicesFile, TakesAnMBehindAPeakForAMeasurement) {
  const auto devices = read_devices({"d.csv", small_files().at("devices.csv")});
  ASSERT_TRUE(devices) << devices.error();

  EXPECT_EQ(find(*devices, "Slow").compute_tflops, 100);
  EXPECT_EQ(find(*devices, "Slow").how, "bandwidth measured, compute measured");
}

TEST(DevicesFile, RefusesAnAbsurdFigure) {
  std::string text = small_files().at("devices.csv");
  text.replace(text.find("100m"), 4, "-10m");

  const auto devices = read_devices({"d.csv", text});

  ASSERT_FALSE(devices);
  EXPECT_EQ(devices.error().message.rfind("d.csv:3: \"-10m\" is no figure above 0", 0), 0U);
}

TEST(SitesFile, ListsTwentyCentresByProvince) {
  const auto sites = read_sites(shipped("sites_cn.csv"));
  ASSERT_TRUE(sites) << sites.error();

  ASSERT_EQ(sites->size(), 20U);
  EXPECT_EQ(sites->front().site.region, "Tianjin");
  EXPECT_EQ(sites->front().topology_node, 13U);
}

TEST(ModelsFile, KnowsActiveParameters) {
  const auto models = read_models(shipped("open_weight_models.csv"));
  ASSERT_TRUE(models) << models.error();

  const auto is_r1 = [](const ListedModel& row) { return row.name == "deepseek-r1"; };
  const auto r1 = std::ranges::find_if(*models, is_r1);
  ASSERT_NE(r1, models->end());
  EXPECT_EQ(r1->parameters_b, 671);
  EXPECT_EQ(r1->parameters_active_b, 37);
  EXPECT_EQ(bytes_per_weight("fp8", ""), 1);
  EXPECT_FALSE(bytes_per_weight("gptq", "Int3"));
}

TEST(Trace, SpreadsMooncakesRequestsWithinTheirStep) {
  const auto trace = read_trace(shipped("../traces/mooncake_conversation_first20min.jsonl"), 1);
  ASSERT_TRUE(trace) << trace.error();

  ASSERT_EQ(trace->rows.size(), 3'658U);
  std::set<double> first_step;
  for (const TraceRow& row : trace->rows) {
    if (row.at_s < 2) first_step.insert(row.at_s);
  }
  EXPECT_GT(first_step.size(), 2U);
  const TraceRow& row = trace->rows[100];
  EXPECT_EQ(trace->blocks_of(row).size(),
            (row.prompt_tokens + kBlockTokens - 1) / kBlockTokens);
}

TEST(Trace, ReadsAzuresColumns) {
  const auto trace = read_trace(shipped("../traces/azure2023_conv_first40min.csv"), 1);
  ASSERT_TRUE(trace) << trace.error();

  EXPECT_EQ(trace->rows.size(), 14'176U);
  EXPECT_EQ(trace->rows[0].prompt_tokens, 374U);
  EXPECT_NEAR(static_cast<double>(trace->rows.size()) / trace->span_s(), 5.9, 0.05);
}

TEST(Trace, NamesTheLineThatIsNoRequest) {
  const auto bad_line = read_trace({"t.jsonl",
                                    "{\"timestamp\": 0, \"input_length\": 1, "
                                    "\"output_length\": 1, \"hash_ids\": [-1]}\n"},
                                   1);
  const auto disorder =
      read_trace({"t.csv", "arrival_s,context_tokens,generated_tokens\n5,1,1\n4,1,1\n"}, 1);

  ASSERT_FALSE(bad_line);
  EXPECT_EQ(bad_line.error().message,
            "t.jsonl:1: hash_ids must be a list of at most 8192 whole numbers");
  ASSERT_FALSE(disorder);
  EXPECT_EQ(disorder.error().message,
            "t.csv: its requests must be in the order of their arrival");
}

TEST(DayCurve, HasANightAndADay) {
  const auto curve = read_day_curve(shipped("../traces/servegen_deepseek_r1_rate.csv"),
                                    shipped("../traces/servegen_deepseek_r1_lengths.csv"));
  ASSERT_TRUE(curve) << curve.error();

  const auto rate_at = [&](size_t window) {
    double sum = 0;
    for (const DayCurve::Client& client : curve->clients)
      sum += client.windows[window].rate_per_s;
    return sum;
  };
  std::vector<double> rates;
  for (size_t i = 0; i < DayCurve::kWindows; ++i)
    rates.push_back(rate_at(i));
  EXPECT_EQ(curve->clients.size(), 73U);
  EXPECT_NEAR(curve->mean_rate_per_s(), 16.0, 0.5);
  EXPECT_NEAR(*std::ranges::min_element(rates), 4.3, 0.2);
  EXPECT_NEAR(*std::ranges::max_element(rates), 42.5, 0.5);
}

TEST(DayCurve, HasGapsWhoseMeanIsTheCountedRate) {
  const auto curve = read_day_curve(shipped("../traces/servegen_deepseek_r1_rate.csv"),
                                    shipped("../traces/servegen_deepseek_r1_lengths.csv"));
  ASSERT_TRUE(curve) << curve.error();

  size_t asking = 0;
  for (const DayCurve::Client& client : curve->clients) {
    for (const CurveWindow& window : client.windows) {
      if (window.between == Between::Silent) continue;
      ++asking;
      const double mean_s = window.between == Between::Gamma
                                ? window.shape * window.scale_s
                                : std::tgamma(1 + 1 / window.shape) * window.scale_s;
      ASSERT_NEAR(mean_s * window.rate_per_s, 1, 1e-9);
    }
  }
  EXPECT_GT(asking, 3'000U);
}

TEST(DayCurve, DrawsGapsWithTheMeanOfTheirDistribution) {
  Random random(1);
  const CurveWindow gamma{Between::Gamma, 0.5, 4, 0.5};      // mean 2
  const CurveWindow weibull{Between::Weibull, 2, 1, 1.128};  // mean Gamma(1.5) = 0.886
  double gammas = 0;
  double weibulls = 0;
  for (int i = 0; i < 100'000; ++i) {
    gammas += draw_gap_s(gamma, random) / 1e5;
    weibulls += draw_gap_s(weibull, random) / 1e5;
  }

  EXPECT_NEAR(gammas, 2, 0.05);
  EXPECT_NEAR(weibulls, 0.886, 0.01);
}

TEST(LengthQuantiles, ReadsBetweenTheLevels) {
  const LengthQuantiles lengths{.tokens = {10, 20, 40, 80, 160, 320, 640}, .mean = 60};

  EXPECT_EQ(lengths.at(0), 10U);
  EXPECT_EQ(lengths.at(0.5), 40U);
  EXPECT_EQ(lengths.at(0.625), 60U);
  EXPECT_EQ(lengths.at(0.999), 640U);
}

}  // namespace
}  // namespace suan::bench
