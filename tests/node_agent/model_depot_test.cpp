#include "node_agent/model_depot.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "engine/weights/model_file.h"
#include "tests/node_agent/engine_world.h"

namespace suan::node_agent {
namespace {

class Depot : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("suan-depot-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

TEST_F(Depot, DescribesAModelFromItsManifest) {
  const ModelDepot depot({bundled_model_path()}, {});

  ASSERT_EQ(depot.entries().size(), 1U);
  const DepotModel& model = depot.entries()[0].model;
  EXPECT_EQ(model.model, ModelId("stories-moe"));
  EXPECT_EQ(model.digest.size(), 64U);
  EXPECT_EQ(model.vocabulary, 512U);
  EXPECT_EQ(model.context_tokens, 512U);
  EXPECT_GT(model.weight_bytes, 3'500'000U);
  EXPECT_FALSE(model.has_chat_template);
}

TEST_F(Depot, RefusesBadModelsWithASentenceAndKeepsTheOthers) {
  const auto garbage = write("broken.gguf", std::string(1'000, 'x'));
  const auto truncated = write("half.gguf", "GGUF");

  const ModelDepot depot(
      {garbage, folder_ / "absent", bundled_model_path(), truncated, bundled_model_path()}, {});

  EXPECT_EQ(depot.entries().size(), 1U);
  ASSERT_EQ(depot.refusals().size(), 4U);
  EXPECT_NE(depot.refusals()[0].find("broken.gguf"), std::string::npos);
  EXPECT_NE(depot.refusals()[1].find("absent"), std::string::npos);
  EXPECT_NE(depot.refusals()[3].find("already"), std::string::npos);
}

TEST_F(Depot, WarnsOfAChatTemplateThatCannotBeRendered) {
  engine::Manifest manifest = bundled_model()->manifest();
  EXPECT_EQ(template_trouble(manifest), "");

  manifest.chat_template = "{% include 'x' %}";
  EXPECT_NE(template_trouble(manifest).find("the tag 'include' is not supported"),
            std::string::npos);
}

TEST_F(Depot, NamesModelsAfterTheirFileOrFolder) {
  EXPECT_EQ(model_id_of("/m/DeepSeek V2 Lite.Q8_0.gguf"), ModelId("deepseek-v2-lite.q8_0"));
  EXPECT_EQ(model_id_of("/m/llama-00001-of-00003.gguf"), ModelId("llama"));
  EXPECT_EQ(model_id_of(folder_.string() + "/"), ModelId(folder_.filename().string()));
  EXPECT_EQ(model_id_of("/m/__.gguf"), ModelId("model"));
  EXPECT_EQ(model_id_of("/m/" + std::string(200, 'a') + ".gguf").value().size(), 64U);
}

}  // namespace
}  // namespace suan::node_agent
