#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "engine/sampling/logprobs.h"
#include "tests/engine/model/real_models.h"
#include "tests/support/memory_model.h"

// The loss on texts that were left out of training: recorded, and under broken routers.
namespace suan::engine {
namespace {

struct Story {
  std::vector<int32_t> ids;
  double tokens = 0;
  double nll_dense = 0;
  double nll_moe = 0;
};

std::vector<Story> read_stories(size_t limit) {
  std::istringstream lines(text_of_file(test_models_folder() + "/heldout_nll.jsonl"));
  std::vector<Story> stories;
  for (std::string line; stories.size() < limit && std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    stories.push_back({json["ids"].get<std::vector<int32_t>>(), json["tokens"],
                       json["nll_stories260K"], json["nll_stories_moe"]});
  }
  return stories;
}

/// Summed negative log likelihood of all tokens but the first.
double loss(Engine& engine, const std::vector<int32_t>& ids) {
  const std::vector<float> logits = engine.logits(ids);
  const size_t vocabulary = logits.size() / ids.size();
  double sum = 0;
  for (size_t i = 0; i + 1 < ids.size(); ++i) {
    sum -= logprob_of({logits.data() + i * vocabulary, vocabulary}, ids[i + 1]);
  }
  return sum;
}

double loss_per_token(const std::shared_ptr<const ModelFile>& model,
                      const std::vector<Story>& stories) {
  const auto engine = make_engine(model, {});
  double sum = 0;
  double tokens = 0;
  for (const Story& story : stories) {
    sum += loss(*engine, story.ids);
    tokens += story.tokens;
  }
  return sum / tokens;
}

// The recorded sums have four decimals, which is nothing beside 1e-4 a token.
TEST(Heldout, BothModelsHaveTheRecordedLossOnEveryStory) {
  const auto dense = make_engine(stories260k(), {});
  const auto moe = make_engine(stories_moe(), {});
  const std::vector<Story> stories = read_stories(50);

  ASSERT_EQ(stories.size(), 50U);
  for (size_t i = 0; i < stories.size(); ++i) {
    const Story& story = stories[i];
    ASSERT_EQ(story.tokens, static_cast<double>(story.ids.size() - 1));
    EXPECT_NEAR(loss(*dense, story.ids) / story.tokens, story.nll_dense / story.tokens, 1e-4)
        << i;
    EXPECT_NEAR(loss(*moe, story.ids) / story.tokens, story.nll_moe / story.tokens, 1e-4) << i;
  }
}

/// Changes each tensor of the bundled model whose name holds `part`.
template <class Change>
std::shared_ptr<MemoryModel> stories_moe_with(const std::string& part, const Change& change) {
  auto model = copy_of(*stories_moe());
  size_t changed = 0;
  for (const TensorEntry& entry : model->manifest().tensors) {
    if (entry.name.find(part) == std::string::npos) continue;
    change(model->values(entry.name), ++changed);
  }
  EXPECT_GT(changed, 0U) << part;
  return model;
}

TEST(Heldout, AWrongRouterShowsAsAWorseLoss) {
  const std::vector<Story> stories = read_stories(50);
  double recorded = 0;
  double tokens = 0;
  for (const Story& story : stories) {
    recorded += story.nll_moe;
    tokens += story.tokens;
  }
  const double right = recorded / tokens;  // ours to 1e-4, as the test above shows

  const auto without_experts = stories_moe_with(
      "ffn_down_exps",
      [](std::span<float> values, size_t) { std::ranges::fill(values, 0.0F); });
  const auto at_random =
      stories_moe_with("ffn_gate_inp", [](std::span<float> values, size_t seed) {
        std::ranges::copy(random_floats(seed, values.size()), values.begin());
      });

  // 1.3750 as it is, 1.3787 without experts, 1.4047 with experts at random.
  EXPECT_GT(loss_per_token(without_experts, stories), right + 0.002);
  EXPECT_GT(loss_per_token(at_random, stories), right + 0.02);
}

}  // namespace
}  // namespace suan::engine
