#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/weights/model_file.h"
#include "engine/weights/tiny_model.h"
#include "tests/support/mutant_runner.h"
#include "tests/support/temporary_folder.h"

// Hundreds of wrong files, each one lie away from a right one. Run with SUAN_MUTANTS=N for N of
// every file instead of the usual few.
namespace suan::engine {
namespace {

using testing::ModelBytes;
using testing::Mutant;
using testing::MutantReport;
using testing::Mutants;
using testing::run_mutants;
using testing::spread;
using testing::TemporaryFolder;

size_t usual_count() {
  const char* wish = std::getenv("SUAN_MUTANTS");
  return wish != nullptr ? std::stoul(wish) : 80;
}

TinyModel small(const char* architecture) {
  return {.architecture = architecture,
          .layers = 2,
          .dim = 16,
          .heads = 2,
          .experts = 8,
          .context_tokens = 64};
}

void expect_survival(const ModelBytes& model, const Mutants& mutants) {
  const MutantReport honest =
      run_mutants(model, {Mutant{.what = "no change", .file = model.files.begin()->first}});
  EXPECT_EQ(honest.accepted, 1U);

  const MutantReport report = run_mutants(model, mutants);

  for (const std::string& failure : report.failures)
    ADD_FAILURE() << failure;
  EXPECT_EQ(report.accepted + report.refused, mutants.size());
  EXPECT_GT(report.refused, mutants.size() / 4);
  std::printf("%zu mutants: %zu refused, %zu accepted; slowest %.3f s, most memory %.1f MiB\n",
              mutants.size(), report.refused, report.accepted, report.slowest_s,
              static_cast<double>(report.memory_bytes_max) / (1 << 20));
}

class GgufMutants : public ::testing::TestWithParam<TinyModel> {};

TEST_P(GgufMutants, M9_AreRefusedOrWork) {
  const TemporaryFolder folder;
  const auto opened = write_tiny_gguf(GetParam(), folder.path() / "tiny.gguf");
  const ModelBytes model = testing::read_model(folder.path(), opened.filename().string());
  Mutants mutants;
  for (const auto& [name, bytes] : model.files) {
    const Mutants more = spread(testing::mutants_of_gguf(name, bytes), usual_count());
    mutants.insert(mutants.end(), more.begin(), more.end());
  }

  expect_survival(model, mutants);
}

std::vector<TinyModel> files() {
  std::vector<TinyModel> wishes;
  for (const char* architecture :
       {"deepseek2", "llama", "qwen2", "qwen3", "qwen3moe", "stories-moe"}) {
    wishes.push_back(small(architecture));
  }
  wishes[0].has_prediction = true;
  wishes[0].has_yarn = true;
  wishes[1].has_rope_factors = true;
  TinyModel joined = small("deepseek2");
  joined.is_joined = joined.is_v2 = true;
  joined.type = TensorType::Q8_0;
  wishes.push_back(joined);
  TinyModel split = small("llama");
  split.shards = 3;
  wishes.push_back(split);
  return wishes;
}

std::string name_of_wish(const ::testing::TestParamInfo<TinyModel>& each) {
  std::string name = fmt::format("{}_{}", each.index, each.param.architecture);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, GgufMutants, ::testing::ValuesIn(files()), name_of_wish);

class FolderMutants : public ::testing::TestWithParam<TinyModel> {};

Mutants mutants_of(const std::string& name, const std::string& bytes) {
  if (name.ends_with(".json")) return testing::mutants_of_json(name, bytes);
  if (name == "tok512.bin") return testing::mutants_of_tok512(name, bytes);
  return testing::mutants_of_safetensors(name, bytes);
}

TEST_P(FolderMutants, M9_AreRefusedOrWork) {
  const TemporaryFolder folder;
  write_tiny_folder(GetParam(), folder.path());
  const ModelBytes model = testing::read_model(folder.path(), "");
  Mutants mutants;
  for (const auto& [name, bytes] : model.files) {
    const Mutants more = spread(mutants_of(name, bytes), usual_count());
    mutants.insert(mutants.end(), more.begin(), more.end());
  }

  expect_survival(model, mutants);
}

std::vector<TinyModel> folders() {
  std::vector<TinyModel> wishes;
  for (const char* architecture : {"deepseek2", "llama", "qwen2", "qwen3moe", "stories-moe"})
    wishes.push_back(small(architecture));
  wishes[0].type = TensorType::F8E4M3;
  wishes[0].has_prediction = true;
  wishes[1].has_rope_factors = true;
  wishes[2].shards = 3;
  wishes[2].type = TensorType::BF16;
  return wishes;
}

INSTANTIATE_TEST_SUITE_P(All, FolderMutants, ::testing::ValuesIn(folders()), name_of_wish);

TEST(Llama2cMutants, M9_AreRefusedOrWork) {
  const TemporaryFolder folder;
  const std::string source = std::string(SUAN_SOURCE_DIR) + "/tests/data/models/stories260K/";
  const ModelBytes model{
      .files = {{"stories260K.bin", testing::read_bytes(source + "stories260K.bin")},
                {"tok512.bin", testing::read_bytes(source + "tok512.bin")}},
      .opened = "stories260K.bin"};
  Mutants mutants;
  for (const auto& [name, bytes] : model.files) {
    const Mutants all = name == "tok512.bin" ? testing::mutants_of_tok512(name, bytes)
                                             : testing::mutants_of_llama2c(name, bytes);
    const Mutants more = spread(all, usual_count());
    mutants.insert(mutants.end(), more.begin(), more.end());
  }

  expect_survival(model, mutants);
}

/// Links that lead in a circle, and names that lead elsewhere.
TEST(LinkMutants, AreRefused) {
  const TemporaryFolder folder;
  write_tiny_folder(small("stories-moe"), folder.path());
  const auto weights = folder.path() / "model.safetensors";
  for (const char* target : {"model.safetensors", "config.json", "/dev/zero", "/etc/passwd"}) {
    std::filesystem::remove(weights);
    std::filesystem::create_symlink(target, weights);

    EXPECT_THROW((void)open_model(folder.path(), {}), ModelError) << target;
  }
}

}  // namespace
}  // namespace suan::engine
