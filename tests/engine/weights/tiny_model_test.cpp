#include "engine/weights/tiny_model.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/weights/model_file.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

using testing::read_bytes;
using testing::TemporaryFolder;

std::string refusal_of(const TinyModel& wish) {
  const TemporaryFolder folder;
  try {
    write_tiny_gguf(wish, folder.path() / "tiny.gguf");
    return "written";
  } catch (const ModelError& error) {
    return error.what();
  }
}

TEST(TinyModel, TheSameSeedGivesTheSameBytes) {
  const TemporaryFolder folder;
  write_tiny_gguf({.seed = 7}, folder.path() / "a.gguf");
  write_tiny_gguf({.seed = 7}, folder.path() / "b.gguf");
  write_tiny_gguf({.seed = 8}, folder.path() / "c.gguf");

  const std::string a = read_bytes(folder.path() / "a.gguf");
  EXPECT_EQ(a, read_bytes(folder.path() / "b.gguf"));
  EXPECT_NE(a.size(), 0U);
  EXPECT_NE(a, read_bytes(folder.path() / "c.gguf"));
}

class TinyModels : public ::testing::TestWithParam<const char*> {};

TEST_P(TinyModels, AreReadAndContinueAText) {
  const TemporaryFolder folder;
  const TinyModel wish{.architecture = GetParam()};

  const auto model = open_model(write_tiny_gguf(wish, folder.path() / "tiny.gguf"), {});
  const auto logits = make_engine(model, {.slots = 1})->logits({1, 2, 3});

  EXPECT_EQ(model->manifest().hyper.architecture, wish.architecture);
  EXPECT_EQ(logits.size(), 3 * model->manifest().vocabulary.pieces.size());
}

INSTANTIATE_TEST_SUITE_P(
    All,
    TinyModels,
    ::testing::Values("deepseek2", "llama", "qwen2", "qwen3", "qwen3moe", "stories-moe"));

TEST(TinyModel, AnUnlikelyWishIsRefusedWithASentence) {
  EXPECT_EQ(refusal_of({.architecture = "mamba"}),
            "make-tiny: architecture 'mamba' is not one of deepseek2, llama, qwen2, qwen3, "
            "qwen3moe, stories-moe");
  EXPECT_EQ(refusal_of({.dim = 72, .heads = 4}),
            "make-tiny: dim 72 is no multiple of 4 * heads 4");
  EXPECT_EQ(refusal_of({.layers = 0}), "make-tiny: layers is 0, allowed is 1 to 128");
}

class TinyFolders : public ::testing::TestWithParam<TinyModel> {};

/// The folder pairs halves where GGUF's llama pairs neighbours, and keeps MLA's weights joined;
/// sums are made in other orders.
TEST_P(TinyFolders, HoldTheSameModelAsTheFile) {
  const TemporaryFolder folder;
  const TinyModel& wish = GetParam();
  const auto file = open_model(write_tiny_gguf(wish, folder.path() / "tiny.gguf"), {});
  const auto parts = open_model(write_tiny_folder(wish, folder.path() / "tiny"), {});
  const std::vector<int32_t> tokens{1, 270, 280, 300, 104};

  const auto expected = make_engine(file, {.slots = 1})->logits(tokens);
  const auto logits = make_engine(parts, {.slots = 1})->logits(tokens);

  EXPECT_EQ(parts->manifest().vocabulary.pieces, file->manifest().vocabulary.pieces);
  EXPECT_EQ(parts->manifest().vocabulary.merges, file->manifest().vocabulary.merges);
  EXPECT_EQ(parts->manifest().vocabulary.pre_split, file->manifest().vocabulary.pre_split);
  EXPECT_EQ(parts->manifest().chat_template, file->manifest().chat_template);
  ASSERT_EQ(logits.size(), expected.size());
  for (size_t i = 0; i < logits.size(); ++i)
    ASSERT_NEAR(logits[i], expected[i], 2e-4) << i;
}

INSTANTIATE_TEST_SUITE_P(
    All,
    TinyFolders,
    ::testing::Values(TinyModel{},
                      TinyModel{.has_yarn = true, .has_prediction = true},
                      TinyModel{.architecture = "llama", .has_rope_factors = true},
                      TinyModel{.architecture = "qwen2", .shards = 3},
                      TinyModel{.architecture = "qwen2", .has_yarn = true},
                      TinyModel{.architecture = "qwen3", .is_tied = true},
                      TinyModel{.architecture = "qwen3moe"},
                      TinyModel{.architecture = "stories-moe", .is_tied = true}));

TEST(TinyModel, AnExistingFileIsNotOverwritten) {
  const TemporaryFolder folder;
  const auto file = folder.write("kept.gguf", "precious");

  EXPECT_THROW(write_tiny_gguf({}, file), ModelError);

  EXPECT_EQ(read_bytes(file), "precious");
}

}  // namespace
}  // namespace suan::engine
