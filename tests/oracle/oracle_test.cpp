#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
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

constexpr size_t kTokens = 24;
constexpr size_t kPrompt = 15;

struct Case {
  std::string name;
  TinyModel model;
  bool is_folder = false;        // of safetensors
  std::string changes_config{};  // a JSON merge patch of its config.json
};

std::ostream& operator<<(std::ostream& out, const Case& tested) {
  return out << tested.name;
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

/// How far a backend may be from the oracle.
struct Tolerance {
  double largest = 1e-3;  // in any logit: float32 against float64, with much room
  double typical = 1e-3;  // root mean square, of the position in the middle
};

/// The `cpu` backend rounds the activations that meet block-quantised weights to int8, which
/// these models' logits, spread over +-10, feel in the first decimal. Near a router's borders a
/// token may go to another expert for it, and then its logits say nothing.
Tolerance tolerance_of(const std::string& backend, const Manifest& manifest) {
  const TensorEntry* matrix = manifest.find("blk.0.attn_output.weight");
  const bool has_blocks = block_of(matrix->type).elements > 1;
  if (backend != "cpu" || !has_blocks) return {};
  const double anything = std::numeric_limits<double>::infinity();
  return {.largest = manifest.hyper.experts > 0 ? anything : 1, .typical = 0.2};
}

void expect_near(const std::vector<double>& found,
                 const std::vector<double>& expected,
                 const Manifest& manifest,
                 const std::string& backend,
                 const std::string& what) {
  const Tolerance tolerance = tolerance_of(backend, manifest);
  const Difference apart =
      difference(found, expected, manifest.hyper.vocabulary, tolerance.largest);
  EXPECT_LE(apart.largest, tolerance.largest) << backend;
  EXPECT_LE(apart.typical, tolerance.typical) << backend;
  EXPECT_EQ(apart.other_bests, 0U) << backend;
  std::cout << fmt::format("measured: {}, {}: largest {:.1e}, typical {:.1e}\n", what, backend,
                           apart.largest, apart.typical);
}

void change_config(const std::filesystem::path& folder, const std::string& changes) {
  const std::filesystem::path file = folder / "config.json";
  auto config = nlohmann::json::parse(suan::testing::read_bytes(file));
  config.merge_patch(nlohmann::json::parse(changes));
  std::ofstream(file) << config.dump();
}

TEST_P(Oracle, AgreesInEveryLogit) {
  SKIP_WITHOUT_ORACLE();
  const Case& tested = GetParam();
  const suan::testing::TemporaryFolder folder;
  const auto path = tested.is_folder
                        ? write_tiny_folder(tested.model, folder.path() / "model")
                        : write_tiny_gguf(tested.model, folder.path() / "model.gguf");
  if (!tested.changes_config.empty()) change_config(path, tested.changes_config);
  const auto model = open_model(path, {});

  const Logits expected = run_oracle(path, some_tokens());

  EXPECT_EQ(expected.predictions.empty(), !tested.model.has_prediction);
  for (const std::string& backend : available_backends()) {
    const Logits found = run_engine(*model, backend, some_tokens(), kPrompt);
    expect_near(found.main, expected.main, model->manifest(), backend, tested.name);
    if (!tested.model.has_prediction) continue;
    expect_near(found.predictions, expected.predictions, model->manifest(), backend,
                tested.name + ", head");
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
      {"v2_grouped", with(deepseek2(), [](TinyModel& m) { m.is_v2 = m.is_grouped = true; })},
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
      {"qwen2_yarn", with(of("qwen2"), [](TinyModel& m) { m.has_yarn = true; })},
      {"qwen3", of("qwen3")},
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

/// No released model has YaRN's two multipliers unequal; the mathematics says what it means.
constexpr const char* kTwoMultipliers = R"({"rope_scaling": {"mscale": 0.5}})";

std::vector<Case> folders() {
  std::vector<Case> all = architectures();
  // Folders always hold MLA's weights joined.
  std::erase_if(all, [](const Case& one) { return one.model.is_joined; });
  for (Case& one : all) {
    one.is_folder = true;
    one.model.type = TensorType::BF16;
  }
  all.push_back({"v3_two_multipliers",
                 with(deepseek2(), [](TinyModel& m) { m.has_yarn = true; }), true,
                 kTwoMultipliers});
  for (const uint32_t dim : {64U, 160U}) {  // blocks of 128 that are short, and that are not
    const auto stored = [&](TinyModel& m) {
      m.has_prediction = m.has_yarn = true;
      m.type = TensorType::F8E4M3;
      m.dim = dim;
    };
    all.push_back({fmt::format("v3_mtp_fp8_{}", dim), with(deepseek2(), stored), true});
  }
  return all;
}

const auto kName = [](const auto& tested) { return tested.param.name; };

INSTANTIATE_TEST_SUITE_P(InF32, Oracle, ::testing::ValuesIn(architectures()), kName);
INSTANTIATE_TEST_SUITE_P(InEveryType, Oracle, ::testing::ValuesIn(types()), kName);
INSTANTIATE_TEST_SUITE_P(AsSafetensors, Oracle, ::testing::ValuesIn(folders()), kName);

}  // namespace
}  // namespace suan::engine
