#include <gtest/gtest.h>

#include "engine/weights/model_file.h"
#include "tests/support/deepseek_v3_files.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

using testing::TemporaryFolder;

const ReaderCommand kChild{.arguments = {SUAN_MODEL_READER, "model-reader"}};

TEST(HugeModel, OpensDeepSeekV3InQ4K) {
  const TemporaryFolder folder;

  const auto model = open_model(testing::write_deepseek_v3_gguf(folder.path()), kChild);

  const Manifest& manifest = model->manifest();
  EXPECT_EQ(manifest.quantization, "q4_k");
  EXPECT_EQ(manifest.tensors.size(), 1086U);
  EXPECT_EQ(manifest.vocabulary.pieces.size(), 129'280U);
  EXPECT_EQ(manifest.hyper.experts, 256U);
}

TEST(HugeModel, M2_OpensDeepSeekV3In93000TensorsOfFp8) {
  const TemporaryFolder folder;

  const auto model = open_model(testing::write_deepseek_v3_folder(folder.path()), kChild);

  const Manifest& manifest = model->manifest();
  EXPECT_EQ(manifest.quantization, "f8_e4m3");
  EXPECT_GT(manifest.tensors.size(), 90'000U);
  EXPECT_EQ(manifest.hyper.mtp_layers, 1U);
  ASSERT_TRUE(expert_entry(manifest, "blk.61.ffn_down_exps", 255));
}

}  // namespace
}  // namespace suan::engine
