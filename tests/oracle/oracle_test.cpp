#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/backend/registry.h"
#include "engine/weights/tiny_model.h"
#include "tests/oracle/every_logit.h"
#include "tests/oracle/independent_pass.h"
#include "tests/support/temporary_folder.h"

// Small random models of every architecture and type, computed by the engine in float32 and by
// oracle.py in float64, which share neither code nor author's assumptions beyond the papers.
namespace suan::engine {
namespace {

constexpr double kTolerance = 1e-3;
constexpr size_t kTokens = 24;
constexpr size_t kPrompt = 15;

struct Case {
  std::string name;
  TinyModel model;
};

void PrintTo(const Case& tested, std::ostream* out) {
  *out << tested.name;
}

std::vector<int32_t> some_tokens() {
  std::vector<int32_t> tokens;
  for (size_t i = 0; i < kTokens; ++i)
    tokens.push_back(static_cast<int32_t>((37 * i * i + 11 * i + 5) % 251));
  return tokens;
}

/// Says loudly that a test compares nothing, and ends it.
#define SKIP_WITHOUT_ORACLE()                                  \
  if (const std::string why = why_no_oracle(); !why.empty()) { \
    GTEST_SKIP() << "SKIP: nothing is compared: " << why;      \
  }

TEST(OracleItself, GivesTheLogitsThatOtherSoftwareRecorded) {
  SKIP_WITHOUT_ORACLE();
  const std::string folder = SUAN_SOURCE_DIR "/models/stories-moe";
  const auto golden =
      nlohmann::json::parse(suan::testing::read_bytes(folder + "/golden_greedy.json"));

  for (const auto& one : golden) {
    const auto recorded = one["first_logits"].get<std::vector<double>>();
    const auto all = run_oracle(folder, one["prompt_ids"].get<std::vector<int32_t>>()).main;
    const std::vector<double> last(all.end() - static_cast<ptrdiff_t>(recorded.size()),
                                   all.end());
    // Recorded with five decimals.
    EXPECT_LE(difference(last, recorded, recorded.size(), 1e-5).largest, 2e-5) << one["prompt"];
  }
}

class Oracle : public ::testing::TestWithParam<Case> {};

TEST_P(Oracle, AgreesInEveryLogit) {
  SKIP_WITHOUT_ORACLE();
  const Case& tested = GetParam();
  const suan::testing::TemporaryFolder folder;
  const auto path = write_tiny_gguf(tested.model, folder.path() / "model.gguf");
  const auto model = open_model(path, {});
  const size_t vocabulary = model->manifest().hyper.vocabulary;

  const Logits expected = run_oracle(path, some_tokens());

  EXPECT_EQ(expected.predictions.empty(), !tested.model.has_prediction);
  for (const std::string& backend : available_backends()) {
    const Logits found = run_engine(*model, backend, some_tokens(), kPrompt);
    const Difference main = difference(found.main, expected.main, vocabulary, kTolerance);
    EXPECT_LE(main.largest, kTolerance) << backend;
    EXPECT_EQ(main.other_bests, 0U) << backend;
    std::cout << fmt::format("measured: {} {} {:.1e}", tested.name, backend, main.largest);
    if (tested.model.has_prediction) {
      const Difference head =
          difference(found.predictions, expected.predictions, vocabulary, kTolerance);
      EXPECT_LE(head.largest, kTolerance) << backend;
      EXPECT_EQ(head.other_bests, 0U) << backend;
      std::cout << fmt::format(" head {:.1e}", head.largest);
    }
    std::cout << '\n';
  }
}

TinyModel deepseek2() {
  return {.architecture = "deepseek2", .seed = 7};
}

TinyModel of(const char* architecture) {
  return {.architecture = architecture, .seed = 7};
}

template <class Change>
TinyModel with(TinyModel model, const Change& change) {
  change(model);
  return model;
}

std::vector<Case> architectures() {
  return {
      {"v3", deepseek2()},
      {"v3_yarn", with(deepseek2(), [](TinyModel& m) { m.has_yarn = true; })},
      {"v3_mtp", with(deepseek2(), [](TinyModel& m) { m.has_prediction = true; })},
      {"v2", with(deepseek2(), [](TinyModel& m) { m.is_v2 = true; })},
      {"v2_lite", with(deepseek2(),
                       [](TinyModel& m) {
                         m.is_v2 = m.has_yarn = true;
                         m.has_query_rank = false;
                       })},
      {"v2_legacy", with(deepseek2(), [](TinyModel& m) { m.is_v2 = m.is_joined = true; })},
      {"llama", of("llama")},
      {"llama_tied", with(of("llama"), [](TinyModel& m) { m.is_tied = true; })},
      {"llama_3_1", with(of("llama"), [](TinyModel& m) { m.has_rope_factors = true; })},
      {"qwen2", of("qwen2")},
      {"qwen3moe", of("qwen3moe")},
      {"stories_moe", of("stories-moe")},
  };
}

/// The architectures with the widest choice of tensors, in every type.
std::vector<Case> types() {
  std::vector<Case> all;
  for (const BlockType& type : kBlockTypes) {
    if (type.type == TensorType::F32 || type.gguf_number < 0) continue;
    const auto stored = [&](TinyModel& m) {
      m.type = type.type;
      m.dim = type.block.elements == 256 ? 256 : 64;
    };
    all.push_back({fmt::format("v3_{}", type.name), with(deepseek2(), stored)});
    all.push_back({fmt::format("qwen2_{}", type.name), with(of("qwen2"), stored)});
  }
  return all;
}

const auto kName = [](const auto& tested) { return tested.param.name; };

INSTANTIATE_TEST_SUITE_P(InF32, Oracle, ::testing::ValuesIn(architectures()), kName);
INSTANTIATE_TEST_SUITE_P(InEveryType, Oracle, ::testing::ValuesIn(types()), kName);

}  // namespace
}  // namespace suan::engine
