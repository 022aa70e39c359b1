#include "engine/weights/convert.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <sys/resource.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/weights/dequantize.h"
#include "engine/weights/tiny_model.h"
#include "tests/support/memory_model.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

using testing::read_bytes;
using testing::TemporaryFolder;

const std::vector<int32_t> kTokens{70, 258, 300, 101, 11, 290, 318};

std::shared_ptr<const ModelFile> converted(const ModelFile& model,
                                           const TemporaryFolder& folder,
                                           const ConvertWish& wish) {
  static int number = 0;
  const auto out = folder.path() / fmt::format("out{}.gguf", ++number);
  convert_model(model, out, wish, {});
  return open_model(out, {});
}

std::vector<float> logits_of(const std::shared_ptr<const ModelFile>& model) {
  return make_engine(model, {.slots = 1})->logits(kTokens);
}

/// Root mean square of what has changed, over that of all.
double change(const std::vector<float>& before, const std::vector<float>& after) {
  EXPECT_EQ(before.size(), after.size());
  double changed = 0;
  double all = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    changed += std::pow(double{after[i]} - before[i], 2);
    all += std::pow(double{before[i]}, 2);
  }
  return std::sqrt(changed / all);
}

std::vector<float> floats_of(const ModelFile& model, const char* name) {
  const TensorEntry& entry = *model.manifest().find(name);
  const Block block = block_of(entry.type);
  std::vector<float> values(entry.bytes / block.bytes * block.elements);
  dequantize(entry.type, model.data(entry), values);
  return values;
}

void expect_same_words(const Vocabulary& a, const Vocabulary& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.pieces, b.pieces);
  EXPECT_EQ(a.scores, b.scores);
  EXPECT_EQ(a.types, b.types);
  EXPECT_EQ(a.merges, b.merges);
  EXPECT_EQ(a.pre_split, b.pre_split);
  EXPECT_EQ(a.bos, b.bos);
  EXPECT_EQ(a.adds_bos, b.adds_bos);
  EXPECT_EQ(a.adds_space_prefix, b.adds_space_prefix);
  auto sorted_a = a.ends;
  auto sorted_b = b.ends;
  std::ranges::sort(sorted_a);
  std::ranges::sort(sorted_b);
  EXPECT_EQ(sorted_a, sorted_b);
}

class Converts : public ::testing::TestWithParam<TinyModel> {};

TEST_P(Converts, ToTheSameModel) {
  const TemporaryFolder folder;
  const auto before = open_model(write_tiny_gguf(GetParam(), folder.path() / "in.gguf"), {});

  const auto after = converted(*before, folder, {});

  EXPECT_EQ(logits_of(after), logits_of(before));
  EXPECT_EQ(after->manifest().name, before->manifest().name);
  EXPECT_EQ(after->manifest().chat_template, before->manifest().chat_template);
  EXPECT_EQ(after->manifest().quantization, before->manifest().quantization);
  expect_same_words(after->manifest().vocabulary, before->manifest().vocabulary);
}

INSTANTIATE_TEST_SUITE_P(All,
                         Converts,
                         ::testing::Values(TinyModel{},
                                           TinyModel{.has_yarn = true, .has_prediction = true},
                                           TinyModel{.is_v2 = true, .has_query_rank = false},
                                           TinyModel{.architecture = "llama"},
                                           TinyModel{.architecture = "llama", .is_tied = true},
                                           TinyModel{.architecture = "llama",
                                                     .has_rope_factors = true},
                                           TinyModel{.architecture = "qwen2", .has_yarn = true},
                                           TinyModel{.architecture = "qwen3"},
                                           TinyModel{.architecture = "qwen3moe", .shards = 3},
                                           TinyModel{.architecture = "stories-moe"}));

TEST(Convert, TwiceGivesTheSameBytes) {
  const TemporaryFolder folder;
  const auto model = open_model(write_tiny_gguf({}, folder.path() / "in.gguf"), {});

  convert_model(*model, folder.path() / "a.gguf", {.type = TensorType::Q4_0, .threads = 1}, {});
  convert_model(*model, folder.path() / "b.gguf", {.type = TensorType::Q4_0, .threads = 2}, {});

  EXPECT_EQ(read_bytes(folder.path() / "a.gguf"), read_bytes(folder.path() / "b.gguf"));
}

TEST(Convert, SplitsTheJoinedWeightsOfOldFiles) {
  const TemporaryFolder folder;
  const auto joined =
      open_model(write_tiny_gguf({.is_joined = true}, folder.path() / "joined.gguf"), {});
  const auto split = open_model(write_tiny_gguf({}, folder.path() / "split.gguf"), {});

  const auto after = converted(*joined, folder, {});

  EXPECT_EQ(after->manifest().find("blk.0.attn_kv_b.weight"), nullptr);
  EXPECT_EQ(floats_of(*after, "blk.0.attn_k_b.weight"),
            floats_of(*split, "blk.0.attn_k_b.weight"));
  EXPECT_EQ(floats_of(*after, "blk.2.attn_v_b.weight"),
            floats_of(*split, "blk.2.attn_v_b.weight"));
}

TEST(Convert, StacksTheBundledModelsExperts) {
  const TemporaryFolder folder;
  const auto before = open_model(std::string(SUAN_SOURCE_DIR) + "/models/stories-moe", {});

  const auto after = converted(*before, folder, {});

  const TensorEntry* stack = after->manifest().find("blk.4.ffn_down_exps.weight");
  ASSERT_NE(stack, nullptr);
  EXPECT_EQ(stack->shape, (std::vector<uint64_t>{44, 64, 16}));
  EXPECT_EQ(logits_of(after), logits_of(before));
}

class ConvertsFolders : public ::testing::TestWithParam<TinyModel> {};

TEST_P(ConvertsFolders, ToTheSameModel) {
  const TemporaryFolder folder;
  const auto before = open_model(write_tiny_folder(GetParam(), folder.path() / "in"), {});

  const auto after = converted(*before, folder, {.type = TensorType::F32});

  EXPECT_LT(change(logits_of(before), logits_of(after)), 1e-5);
  EXPECT_EQ(after->manifest().chat_template, before->manifest().chat_template);
  expect_same_words(after->manifest().vocabulary, before->manifest().vocabulary);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ConvertsFolders,
    ::testing::Values(TinyModel{.dim = 160, .type = TensorType::F8E4M3, .has_yarn = true},
                      TinyModel{.type = TensorType::BF16, .has_prediction = true},
                      TinyModel{.architecture = "llama", .has_rope_factors = true},
                      TinyModel{.architecture = "qwen2", .shards = 3},
                      TinyModel{.architecture = "qwen3", .has_yarn = true},
                      TinyModel{.architecture = "qwen3moe"}));

TEST(Convert, TakesLlama2cCheckpoints) {
  const TemporaryFolder folder;
  const auto before = open_model(
      std::string(SUAN_SOURCE_DIR) + "/tests/data/models/stories260K/stories260K.bin", {});

  const auto after = converted(*before, folder, {});

  EXPECT_EQ(logits_of(after), logits_of(before));
}

TEST(Convert, FewerBitsStayNearTheModel) {
  const TemporaryFolder folder;
  const TinyModel wish{.architecture = "llama", .layers = 2, .dim = 256};
  const auto before = open_model(write_tiny_gguf(wish, folder.path() / "in.gguf"), {});
  const auto exact = logits_of(before);
  const std::vector<std::pair<TensorType, double>> limits = {
      {TensorType::F16, 0.001}, {TensorType::BF16, 0.008}, {TensorType::Q8_0, 0.02},
      {TensorType::Q6_K, 0.07}, {TensorType::Q5_K, 0.12},  {TensorType::Q5_1, 0.12},
      {TensorType::Q5_0, 0.13}, {TensorType::Q4_K, 0.22},  {TensorType::Q4_1, 0.22},
      {TensorType::Q4_0, 0.25}};

  for (const auto& [type, limit] : limits) {
    const auto after = converted(*before, folder, {.type = type});

    EXPECT_LT(change(exact, logits_of(after)), limit) << name_of(type);
    EXPECT_EQ(after->manifest().quantization, name_of(type));
    EXPECT_EQ(after->manifest().find("blk.0.attn_norm.weight")->type, TensorType::F32);
    EXPECT_EQ(after->manifest().find("blk.0.ffn_down.weight")->type, type);
  }
}

TEST(Convert, KeepsRoutersExactAndOutputsWider) {
  const TemporaryFolder folder;
  const TinyModel wish{.dim = 256};
  const auto model = open_model(write_tiny_gguf(wish, folder.path() / "in.gguf"), {});

  const auto after = converted(*model, folder, {.type = TensorType::Q4_K});

  const Manifest& manifest = after->manifest();
  EXPECT_EQ(manifest.find("blk.1.ffn_gate_inp.weight")->type, TensorType::F32);
  EXPECT_EQ(manifest.find("blk.1.exp_probs_b.bias")->type, TensorType::F32);
  EXPECT_EQ(manifest.find("output.weight")->type, TensorType::Q6_K);
  EXPECT_EQ(manifest.find("token_embd.weight")->type, TensorType::Q4_K);
  EXPECT_EQ(manifest.find("blk.1.ffn_up_exps.weight")->type, TensorType::Q4_K);
  EXPECT_EQ(manifest.find("blk.1.attn_k_b.weight")->type, TensorType::F16);  // rows of 64
}

TEST(Convert, RefusesWeightsThatAreNoNumbers) {
  const TemporaryFolder folder;
  const auto model = make_random_model(small_llama(), 1);
  model->values("blk.1.ffn_up.weight")[5] = NAN;

  try {
    convert_model(*model, folder.path() / "out.gguf", {.type = TensorType::Q8_0}, {});
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_STREQ(error.what(),
                 "blk.1.ffn_up.weight: has values that are no numbers, or too large for q8_0");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Convert, TellsItsProgressUpToTheEnd) {
  const TemporaryFolder folder;
  const auto model = make_random_model(small_llama(), 1);
  uint64_t last = 0;
  uint64_t whole = 0;

  convert_model(*model, folder.path() / "out.gguf", {}, [&](uint64_t done, uint64_t total) {
    EXPECT_GT(done, last);
    last = done;
    whole = total;
  });

  EXPECT_GT(whole, 0U);
  EXPECT_EQ(last, whole);
}

TEST(Convert, AFileThatMayNotGrowIsASentenceAndLeavesNothing) {
  const TemporaryFolder folder;
  const auto model = make_random_model(small_llama(), 1);
  const rlimit small{.rlim_cur = 10'000, .rlim_max = RLIM_INFINITY};
  rlimit usual{};
  getrlimit(RLIMIT_FSIZE, &usual);
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);

  try {
    convert_model(*model, folder.path() / "out.gguf", {}, {});
    ADD_FAILURE();
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("out.gguf: "), std::string::npos) << error.what();
  }

  setrlimit(RLIMIT_FSIZE, &usual);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace suan::engine
