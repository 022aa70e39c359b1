#include <cmath>

#include <gtest/gtest.h>

#include "tests/engine/weights/reader_probe.h"
#include "tests/support/gguf_builder.h"

namespace suan::engine {
namespace {

using testing::float_bytes;
using testing::GgufBuilder;
using testing::tiny_deepseek2;
using testing::tiny_deepseek2_mtp;
using testing::tiny_llama;
using testing::tiny_qwen;

std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

TEST(GgufModels, ReadsQwen2WithItsBiases) {
  const Manifest manifest = read_gguf(tiny_qwen("qwen2").bytes());

  EXPECT_EQ(manifest.hyper.architecture, "qwen2");
  EXPECT_FALSE(manifest.hyper.rope_is_adjacent);
  EXPECT_NE(manifest.find("blk.0.attn_k.bias"), nullptr);
  EXPECT_NE(refusal_of_gguf(tiny_qwen("qwen2").without("blk.0.attn_k.bias").bytes())
                .find("blk.0.attn_k.bias is missing"),
            std::string::npos);
}

TEST(GgufModels, ReadsQwen3AndItsExperts) {
  EXPECT_NE(read_gguf(tiny_qwen("qwen3").bytes()).find("blk.0.attn_q_norm.weight"), nullptr);

  const HyperParameters hyper = read_gguf(tiny_qwen("qwen3moe").bytes()).hyper;
  EXPECT_EQ(hyper.experts, 4U);
  EXPECT_EQ(hyper.experts_used, 2U);
  EXPECT_EQ(hyper.router_score, RouterScore::Softmax);
  EXPECT_TRUE(hyper.router_normalises);  // no key says it
  EXPECT_FALSE(hyper.rope_is_adjacent);
}

TEST(GgufModels, AV2FileWithoutAKeyForItIsRoutedBySoftmax) {
  GgufBuilder file = tiny_deepseek2();
  file.without("deepseek2.expert_gating_func").without("deepseek2.expert_weights_norm");

  const HyperParameters hyper = read_gguf(file.bytes()).hyper;

  EXPECT_EQ(hyper.router_score, RouterScore::Softmax);
  EXPECT_FALSE(hyper.router_normalises);
}

TEST(GgufModels, KeepsTheBlockThatPredictsFurtherTokens) {
  const Manifest manifest = read_gguf(tiny_deepseek2_mtp().bytes());

  EXPECT_EQ(manifest.hyper.layers, 2U);
  EXPECT_EQ(manifest.hyper.mtp_layers, 1U);
  EXPECT_NE(manifest.find("blk.2.nextn.eh_proj.weight"), nullptr);
  EXPECT_NE(refusal_of_gguf(tiny_deepseek2_mtp().without("blk.2.nextn.hnorm.weight").bytes())
                .find("blk.2.nextn.hnorm.weight is missing"),
            std::string::npos);
}

TEST(GgufModels, APredictionBlockThatIsOnlyPromisedIsNone) {
  GgufBuilder file = tiny_deepseek2();
  file.whole("deepseek2.block_count", 3).whole("deepseek2.nextn_predict_layers", 1);

  const HyperParameters hyper = read_gguf(file.bytes()).hyper;

  EXPECT_EQ(hyper.layers, 2U);
  EXPECT_EQ(hyper.mtp_layers, 0U);
}

TEST(GgufModels, TheTensorSaysWhetherQueriesHaveALowerRank) {
  GgufBuilder file = tiny_deepseek2();  // the key still says 6
  for (const std::string block : {"blk.0.", "blk.1."}) {
    for (const char* name : {"attn_q_a.weight", "attn_q_a_norm.weight", "attn_q_b.weight"})
      file.without(block + name);
    file.tensor(block + "attn_q.weight", {8, 12}, 0, float_bytes(96));
  }

  EXPECT_EQ(read_gguf(file.bytes()).hyper.q_lora, 0U);
  EXPECT_EQ(read_gguf(tiny_deepseek2().without("deepseek2.attention.q_lora_rank").bytes())
                .hyper.q_lora,
            6U);
}

TEST(GgufModels, TakesGateAndUpOfExpertsInOneTensor) {
  GgufBuilder file = tiny_deepseek2();
  file.without("blk.1.ffn_gate_exps.weight").without("blk.1.ffn_up_exps.weight");
  file.tensor("blk.1.ffn_gate_up_exps.weight", {8, 20, 4}, 0, float_bytes(640));

  EXPECT_EQ(refusal_of_gguf(file.bytes()), "accepted");
}

TEST(GgufModels, UsesTheUnsplitProjectionWhereAFileHasBoth) {
  GgufBuilder file = tiny_deepseek2();
  for (const std::string block : {"blk.0.", "blk.1."})
    file.tensor(block + "attn_kv_b.weight", {5, 14}, 0, float_bytes(70));

  const Manifest manifest = read_gguf(file.bytes());

  EXPECT_NE(manifest.find("blk.1.attn_kv_b.weight"), nullptr);
  EXPECT_EQ(manifest.find("blk.1.attn_k_b.weight"), nullptr);
}

TEST(GgufModels, RopeFactorsLeaveTheTensorsForTheHyperParameters) {
  GgufBuilder file = tiny_llama();
  file.tensor("rope_freqs.weight", {2}, 0, bytes_of({1, 8}));

  const Manifest manifest = read_gguf(file.bytes());

  EXPECT_EQ(manifest.hyper.rope_factors, (std::vector<float>{1, 8}));
  EXPECT_EQ(manifest.find("rope_freqs.weight"), nullptr);
  file.tensor("rope_freqs.weight", {2}, 0, bytes_of({1, NAN}));
  EXPECT_NE(refusal_of_gguf(file.bytes()).find("a RoPE factor is nan"), std::string::npos);
  file.tensor("rope_freqs.weight", {3}, 0, bytes_of({1, 2, 3}));
  EXPECT_NE(refusal_of_gguf(file.bytes()).find("expected f32 [2]"), std::string::npos);
}

TEST(GgufModels, LinearScalingDividesEveryFrequency) {
  GgufBuilder file = tiny_llama();
  file.text("llama.rope.scaling.type", "linear").real("llama.rope.scaling.factor", 4);

  EXPECT_EQ(read_gguf(file.bytes()).hyper.rope_factors, (std::vector<float>{4, 4}));
}

// ln 4 = 1.386294
TEST(GgufModels, YarnOfDeepSeekScalesScoresAndThatOfOthersCosines) {
  const HyperParameters deepseek = read_gguf(tiny_deepseek2().bytes()).hyper;
  EXPECT_FLOAT_EQ(deepseek.yarn_log_multiplier, 0.1F);
  EXPECT_FLOAT_EQ(deepseek.rope_magnitude, 1);

  GgufBuilder file = tiny_qwen("qwen2");
  file.text("qwen2.rope.scaling.type", "yarn").real("qwen2.rope.scaling.factor", 4);
  file.whole("qwen2.rope.scaling.original_context_length", 8);
  const HyperParameters qwen = read_gguf(file.bytes()).hyper;
  EXPECT_FLOAT_EQ(qwen.yarn_log_multiplier, 0);
  EXPECT_FLOAT_EQ(qwen.rope_magnitude, 1.1386294F);
  EXPECT_EQ(qwen.yarn_original_context, 8U);
}

}  // namespace
}  // namespace suan::engine
