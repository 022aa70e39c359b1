#include "cli/model_bench.h"

#include <gtest/gtest.h>

#include "catalog/types/json.h"
#include "cli/command.h"

namespace suan::cli {
namespace {

const std::string kMoe = std::string(SUAN_SOURCE_DIR) + "/models/stories-moe";

TEST(ModelBench, MeasuresEveryTestOfTheWishInTheShapeOfTheInterface) {
  const BenchWish wish{.prompt_tokens = 40,
                       .generated_tokens = 5,
                       .batches = {1, 3},
                       .depths = {0, 20},
                       .repetitions = 2};

  const BenchReport report = bench_model({.file = kMoe}, wish);
  const auto json = parse_json(bench_json(report));

  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["model"], "stories-moe");
  EXPECT_EQ((*json)["backend"], "cpu");
  EXPECT_GT((*json)["read_gb_s"].get<double>(), 0);
  ASSERT_EQ((*json)["results"].size(), 5U);
  EXPECT_EQ((*json)["results"][0]["test"], "prefill");
  EXPECT_EQ((*json)["results"][4]["depth"], 20);
  EXPECT_EQ((*json)["results"][4]["batch"], 3);
  for (const Json& result : (*json)["results"]) {
    ASSERT_EQ(result["tokens_per_s"].size(), 2U);
    EXPECT_GT(result["tokens_per_s"][0].get<double>(), 0);
    EXPECT_GT(result["bound_fraction"].get<double>(), 0);
  }
}

TEST(ModelBench, AContextThatIsTooShortIsRefused) {
  const BenchWish wish{.prompt_tokens = 1'000'000};

  EXPECT_THROW((void)bench_model({.file = kMoe}, wish), std::runtime_error);
}

TEST(ModelBench, CountsOnlyTheExpertsThatABatchReaches) {
  const auto model = engine::open_model(kMoe, {});
  const engine::Manifest& manifest = model->manifest();
  double routed = 0;
  for (const engine::TensorEntry& tensor : manifest.tensors) {
    const bool is_routed = tensor.name.find("_exps.") != std::string::npos;
    if (is_routed) routed += static_cast<double>(tensor.bytes);
  }
  const double share =
      double{1} * manifest.hyper.experts_used / manifest.hyper.experts;  // of one token

  const double one = step_bytes(manifest, 1, 0);
  const double all = step_bytes(manifest, 1000, 0);

  EXPECT_GT(routed, 0);
  EXPECT_NEAR(all - one, routed * (1 - share), 1);
  EXPECT_GT(step_bytes(manifest, 1, 100), one);
}

}  // namespace
}  // namespace suan::cli
