#include "catalog/types/limits.h"

#include <functional>
#include <limits>

#include <gtest/gtest.h>

namespace suan {
namespace {

const ModelLimits kModel{512, 32'000};
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Case {
  const char* param;
  std::function<void(SamplingParams&)> change;
};

TEST(Limits, TheDefaultsAreFine) {
  EXPECT_TRUE(check({}, kModel));
}

TEST(Limits, TheEndsOfEachRangeAreFine) {
  SamplingParams params;
  params.tokens_max = 512;
  params.choices = 8;
  params.temperature = 2;
  params.top_p = 0;
  params.min_p = 1;
  params.top_k = 32'000;
  params.frequency_penalty = -2;
  params.presence_penalty = 2;
  params.repetition_penalty = 0.1;
  params.logit_bias = {{31'999, -100}, {0, 100}};
  params.stop.assign(16, std::string(256, 'x'));
  params.top_logprobs = 20;

  EXPECT_TRUE(check(params, kModel)) << check(params, kModel).error();
}

TEST(Limits, J4_BeyondThemTheFieldIsNamed) {
  const std::vector<Case> cases{
      {"n", [](auto& p) { p.choices = 0; }},
      {"n", [](auto& p) { p.choices = 9; }},
      {"max_tokens", [](auto& p) { p.tokens_max = 0; }},
      {"max_tokens", [](auto& p) { p.tokens_max = 513; }},
      {"temperature", [](auto& p) { p.temperature = 2.01; }},
      {"temperature", [](auto& p) { p.temperature = kNan; }},
      {"top_p", [](auto& p) { p.top_p = -0.1; }},
      {"min_p", [](auto& p) { p.min_p = 1.1; }},
      {"top_k", [](auto& p) { p.top_k = 32'001; }},
      {"frequency_penalty", [](auto& p) { p.frequency_penalty = -2.1; }},
      {"presence_penalty", [](auto& p) { p.presence_penalty = kInfinity; }},
      {"repetition_penalty", [](auto& p) { p.repetition_penalty = 0; }},
      {"logit_bias",
       [](auto& p) {
         p.logit_bias = {{32'000, 0}};
       }},
      {"logit_bias",
       [](auto& p) {
         p.logit_bias = {{1, 100.5}};
       }},
      {"logit_bias",
       [](auto& p) {
         p.logit_bias.assign(1025, {1, 0});
       }},
      {"stop", [](auto& p) { p.stop.assign(17, "x"); }},
      {"stop", [](auto& p) { p.stop = {std::string(257, 'x')}; }},
      {"stop", [](auto& p) { p.stop = {""}; }},
      {"top_logprobs", [](auto& p) { p.top_logprobs = 21; }},
  };
  for (const Case& one : cases) {
    SamplingParams params;
    one.change(params);
    const auto checked = check(params, kModel);
    ASSERT_FALSE(checked) << one.param;
    EXPECT_EQ(checked.error().code, ErrorCode::BadRequest);
    EXPECT_EQ(checked.error().param, one.param);
  }
}

TEST(Limits, AnUnknownModelLimitDoesNotBind) {
  SamplingParams params;
  params.tokens_max = 1'000'000;
  params.top_k = 1'000'000;

  EXPECT_TRUE(check(params, {}));
}

}  // namespace
}  // namespace suan
