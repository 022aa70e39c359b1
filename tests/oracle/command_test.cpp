#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/weights/model_file.h"
#include "engine/weights/tiny_model.h"
#include "tests/oracle/independent_pass.h"
#include "tests/support/temporary_folder.h"

// The way that users go: the program, its reader process, and what it prints.
namespace suan::engine {
namespace {

constexpr double kTolerance = 1e-3;

std::vector<double> log_softmax(std::span<const double> logits) {
  double sum = 0;
  for (const double logit : logits)
    sum += std::exp(logit);
  std::vector<double> all;
  for (const double logit : logits)
    all.push_back(logit - std::log(sum));
  return all;
}

class Command : public ::testing::TestWithParam<const char*> {};

TEST_P(Command, LogitsPrintsWhatTheOracleComputes) {
  if (const std::string why = why_no_oracle(); !why.empty())
    GTEST_SKIP() << "SKIP: nothing is compared: " << why;
  const std::vector<int32_t> tokens{5, 53, 175, 120, 9, 211, 0, 77};
  const suan::testing::TemporaryFolder folder;
  const auto path = write_tiny_gguf({.architecture = GetParam(), .seed = 3, .has_yarn = true},
                                    folder.path() / "model.gguf");
  const std::vector<double> expected = run_oracle(path, tokens).main;
  const size_t vocabulary = expected.size() / tokens.size();

  const auto answer = nlohmann::json::parse(output_of(
      fmt::format("{} model logits {} --backend reference --tokens {} --all --top {} --json",
                  SUAN_BINARY, path.string(), fmt::join(tokens, ","), vocabulary)));

  ASSERT_EQ(answer["positions"].size(), tokens.size());
  for (const auto& position : answer["positions"]) {
    const size_t row = position["position"].get<size_t>();
    const auto logprobs =
        log_softmax(std::span(expected).subspan(row * vocabulary, vocabulary));
    ASSERT_EQ(position["top"].size(), vocabulary);
    for (const auto& token : position["top"])
      ASSERT_NEAR(token["logprob"].get<double>(), logprobs[token["id"].get<size_t>()],
                  kTolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Oracle,
                         Command,
                         ::testing::Values("deepseek2", "qwen2"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace suan::engine
