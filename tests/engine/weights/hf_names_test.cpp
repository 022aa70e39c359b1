#include "engine/weights/hf_names.h"

#include <gtest/gtest.h>

#include "engine/weights/tiny_tensors.h"

namespace suan::engine {
namespace {

TEST(HfNames, EveryTensorsNameGoesThereAndBack) {
  for (const char* architecture : {"deepseek2", "llama", "qwen2", "qwen3", "qwen3moe"}) {
    TinyModel wish{.architecture = architecture};
    wish.has_prediction = wish.architecture == "deepseek2";
    const Manifest manifest = tiny_manifest(wish);

    for (const TinyTensor& tensor : tiny_tensors(wish, manifest.hyper)) {
      if (tensor.shape.size() == 3) continue;  // stacked
      const auto name = hf_name(tensor.name);
      ASSERT_TRUE(name) << tensor.name;
      EXPECT_EQ(gguf_name(*name), tensor.name);
    }
  }
}

TEST(HfNames, ExpertsStandApart) {
  EXPECT_EQ(hf_name("blk.7.ffn_up_exps.31.weight"),
            "model.layers.7.mlp.experts.31.up_proj.weight");
  EXPECT_EQ(gguf_name("model.layers.7.mlp.experts.31.up_proj.weight"),
            "blk.7.ffn_up_exps.31.weight");
}

TEST(HfNames, OtherNamesHaveNone) {
  EXPECT_EQ(hf_name("blk.0.ffn_up_exps.weight"), std::nullopt);
  EXPECT_EQ(hf_name("blk.01.attn_q.weight"), std::nullopt);
  EXPECT_EQ(hf_name("rope_freqs.weight"), std::nullopt);
  EXPECT_EQ(gguf_name("model.layers.0.mlp.experts.01.up_proj.weight"), std::nullopt);
}

}  // namespace
}  // namespace suan::engine
