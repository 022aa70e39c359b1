#include "engine/sampling/logprobs.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

TEST(Logprobs, AreLogarithmsOfTheSoftmax) {
  const std::vector<float> logits{0, 0, std::log(2.0F)};

  EXPECT_NEAR(logprob_of(logits, 0), std::log(0.25), 1e-6);
  EXPECT_NEAR(logprob_of(logits, 2), std::log(0.5), 1e-6);
}

TEST(Logprobs, DoNotOverflow) {
  EXPECT_NEAR(logprob_of(std::vector<float>{1e30F, -1e30F}, 0), 0, 1e-6);
}

TEST(Logprobs, TopIsLikeliestFirstAndLowerIdFirst) {
  const auto top = top_logprobs(std::vector<float>{1, 3, 3, 2}, 3);

  ASSERT_EQ(top.size(), 3U);
  EXPECT_EQ(top[0].token, 1);
  EXPECT_EQ(top[1].token, 2);
  EXPECT_EQ(top[2].token, 3);
  EXPECT_EQ(top[0].logprob, top[1].logprob);
}

TEST(Logprobs, TopNeverHasMoreThanTheVocabulary) {
  EXPECT_EQ(top_logprobs(std::vector<float>{1, 2}, 20).size(), 2U);
}

}  // namespace
}  // namespace suan::engine
