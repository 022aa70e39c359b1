#include "engine/sampling/penalties.h"

#include <vector>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

TEST(Penalties, RepetitionLooksAtPromptAndOutputAndAlwaysLowers) {
  Sampling sampling;
  sampling.repetition_penalty = 2;
  Penalties penalties(sampling, std::vector<int32_t>{0, 1, 1});
  penalties.add(2);
  std::vector<float> logits{4, -4, 6, 8};

  penalties.apply(logits);

  EXPECT_EQ(logits, (std::vector<float>{2, -8, 3, 8}));
}

TEST(Penalties, FrequencyAndPresenceLookAtTheOutputAlone) {
  Sampling sampling;
  sampling.frequency_penalty = 0.5;
  sampling.presence_penalty = 0.25;
  Penalties penalties(sampling, std::vector<int32_t>{0});
  penalties.add(1);
  penalties.add(1);
  penalties.add(2);
  std::vector<float> logits{1, 1, 1, 1};

  penalties.apply(logits);

  EXPECT_EQ(logits, (std::vector<float>{1, -0.25F, 0.25F, 1}));
}

TEST(Penalties, BiasComesLastAndIsNotPenalised) {
  Sampling sampling;
  sampling.repetition_penalty = 2;
  sampling.logit_bias = {{0, 10.0F}, {1, -100.0F}};
  Penalties penalties(sampling, std::vector<int32_t>{0});
  std::vector<float> logits{4, 4};

  penalties.apply(logits);

  EXPECT_EQ(logits, (std::vector<float>{12, -96}));
}

TEST(Penalties, AreInactiveByDefault) {
  EXPECT_FALSE(Penalties(Sampling{}, std::vector<int32_t>{1, 2}).is_active());
}

}  // namespace
}  // namespace suan::engine
