#include <numbers>

#include <gtest/gtest.h>

#include "tests/engine/weights/reader_probe.h"
#include "tests/support/safetensors_builder.h"

namespace suan::engine {
namespace {

using testing::HfModel;
using testing::SafetensorsBuilder;

Manifest read(const HfModel& model) {
  const std::string weights = model.weights.bytes();
  return read_manifest(ModelFormat::Folder, {{"config.json", as_bytes(model.config)},
                                             {"model.safetensors", as_bytes(weights)}});
}

std::string refusal(HfModel model, const std::string& from, const std::string& to) {
  const size_t at = model.config.find(from);
  if (at == std::string::npos) return "the test's text is not there";
  model.config.replace(at, from.size(), to);
  try {
    static_cast<void>(read(model));
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

void expect_words(const std::string& sentence, const std::string& words) {
  EXPECT_NE(sentence.find(words), std::string::npos) << sentence;
}

TEST(HfModels, ReadsDeepSeekV3InFp8) {
  const Manifest manifest = read(testing::small_hf_deepseek3());
  const HyperParameters& hyper = manifest.hyper;

  EXPECT_EQ(hyper.architecture, "deepseek2");
  EXPECT_EQ(hyper.layers, 2U);
  EXPECT_EQ(hyper.mtp_layers, 1U);
  EXPECT_EQ(hyper.q_lora, 6U);
  EXPECT_EQ(hyper.kv_lora, 5U);
  EXPECT_EQ(hyper.groups, 2U);
  EXPECT_EQ(hyper.router_score, RouterScore::Sigmoid);
  EXPECT_FLOAT_EQ(hyper.router_scale, 2.5F);
  EXPECT_TRUE(hyper.rope_is_adjacent);
  EXPECT_FLOAT_EQ(hyper.yarn_log_multiplier, 0.1F);
  EXPECT_FLOAT_EQ(hyper.rope_magnitude, 1);
  EXPECT_EQ(manifest.quantization, "f8_e4m3");

  const auto expert = expert_entry(manifest, "blk.1.ffn_up_exps", 3);
  ASSERT_TRUE(expert);
  EXPECT_EQ(expert->type, TensorType::F8E4M3);
  const auto scales = scale_entry(manifest, *expert);
  ASSERT_TRUE(scales);
  EXPECT_EQ(scales->name, "blk.1.ffn_up_exps.3.weight_scale_inv");
  EXPECT_NE(manifest.find("blk.2.nextn.shared_head_head.weight"), nullptr);
  EXPECT_EQ(manifest.find("blk.1.attn_kv_b.weight")->shape, (std::vector<uint64_t>{5, 14}));
}

TEST(HfModels, ReadsDeepSeekV2LiteWithoutARankOfQueries) {
  const HyperParameters hyper = read(testing::small_hf_deepseek2_lite()).hyper;

  EXPECT_EQ(hyper.q_lora, 0U);
  EXPECT_EQ(hyper.shared_ff_dim, 20U);
  EXPECT_EQ(hyper.groups, 1U);
  EXPECT_EQ(hyper.router_score, RouterScore::Softmax);
  EXPECT_FALSE(hyper.router_normalises);
  EXPECT_FLOAT_EQ(hyper.yarn_log_multiplier, 0.0707F);
  EXPECT_EQ(hyper.mtp_layers, 0U);
}

TEST(HfModels, GroupsOfV2AreRankedBySoftmax) {
  HfModel model = testing::small_hf_deepseek2_lite();
  expect_words(refusal(model, "\"greedy\"", "\"sinkhorn\""), "'sinkhorn'");
  model.config.replace(model.config.find("greedy"), 6, "group_limited_greedy");
  model.config.replace(model.config.find("\"n_group\":1"), 11, "\"n_group\":2");

  const HyperParameters hyper = read(model).hyper;

  EXPECT_EQ(hyper.groups, 2U);
  EXPECT_EQ(hyper.groups_kept, 1U);
  EXPECT_EQ(hyper.router_score, RouterScore::Softmax);
}

TEST(HfModels, ReadsLlamaWhoseRopeTurnsHalves) {
  const HyperParameters hyper = read(testing::small_hf_llama()).hyper;

  EXPECT_EQ(hyper.architecture, "llama");
  EXPECT_FALSE(hyper.rope_is_adjacent);
  EXPECT_EQ(hyper.head_dim, 4U);
  EXPECT_TRUE(hyper.rope_factors.empty());
}

// Two pairs, of wavelengths 2 pi and 200 pi. Over an original context of 400 pi tokens (1257) they
// turn 200 and 2 times: the first is above 4 turns and stays; the second lies a third of the way
// from 1 to 4 turns, so its frequency is divided by 1 / ((2/3) / 8 + 1/3) = 2.4.
TEST(HfModels, ReadsTheRopeFactorsOfLlama3) {
  HfModel model = testing::small_hf_llama();
  const std::string none = "\"rope_scaling\":null";
  model.config.replace(
      model.config.find(none), none.size(),
      R"("rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,)"
      R"("high_freq_factor":4.0,"original_max_position_embeddings":1257})");

  const std::vector<float> factors = read(model).hyper.rope_factors;

  ASSERT_EQ(factors.size(), 2U);
  EXPECT_FLOAT_EQ(factors[0], 1);
  EXPECT_NEAR(factors[1], 2.4, 0.002);
}

TEST(HfModels, ReadsQwen2AndQwen3Moe) {
  EXPECT_NE(read(testing::small_hf_qwen2()).find("blk.0.attn_v.bias"), nullptr);

  const HyperParameters hyper = read(testing::small_hf_qwen3_moe()).hyper;
  EXPECT_EQ(hyper.architecture, "qwen3moe");
  EXPECT_EQ(hyper.experts, 4U);
  EXPECT_EQ(hyper.router_score, RouterScore::Softmax);
  EXPECT_TRUE(hyper.router_normalises);
}

// 1 + 0.1 ln 4 = 1.1386294
TEST(HfModels, YarnOfQwenScalesCosines) {
  HfModel model = testing::small_hf_qwen2();
  model.config.insert(1, R"("rope_scaling":{"type":"yarn","factor":4.0,)"
                         R"("original_max_position_embeddings":32},)");

  const HyperParameters hyper = read(model).hyper;

  EXPECT_FLOAT_EQ(hyper.yarn_factor, 4);
  EXPECT_EQ(hyper.yarn_original_context, 32U);
  EXPECT_FLOAT_EQ(hyper.rope_magnitude, 1.1386294F);
  EXPECT_FLOAT_EQ(hyper.yarn_log_multiplier, 0);
}

TEST(HfModels, NewerFilesKeepRopeInOnePlace) {
  HfModel model = testing::small_hf_llama();
  const std::string old = R"("rope_theta":10000.0)";
  model.config.replace(model.config.find(old), old.size(),
                       R"("rope_parameters":{"rope_type":"default","rope_theta":500000.0})");

  EXPECT_FLOAT_EQ(read(model).hyper.rope_base, 500000);
}

TEST(HfModels, AnotherComputationIsRefusedByName) {
  const HfModel llama = testing::small_hf_llama();
  const HfModel v3 = testing::small_hf_deepseek3();
  const HfModel qwen = testing::small_hf_qwen2();
  const HfModel moe = testing::small_hf_qwen3_moe();
  expect_words(refusal(v3, "\"fp8\"", "\"gptq\""),
               "quant_method is 'gptq'; 'fp8' is supported");
  expect_words(refusal(v3, "[128,128]", "[64,128]"), "weight_block_size is [64, 128]");
  expect_words(refusal(v3, "\"e4m3\"", "\"e5m2\""), "'e5m2'");
  expect_words(refusal(v3, "\"moe_layer_freq\":1", "\"moe_layer_freq\":2"), "moe_layer_freq");
  expect_words(refusal(llama, "\"attention_bias\":false", "\"attention_bias\":true"),
               "attention_bias is true");
  expect_words(refusal(llama, "null", R"({"rope_type":"longrope"})"), "'longrope'");
  expect_words(refusal(qwen, "\"use_sliding_window\":false", "\"use_sliding_window\":true"),
               "use_sliding_window");
  expect_words(refusal(moe, "[]", "[0]"), "mlp_only_layers");
}

TEST(HfModels, TiedCheckpointsMayStoreTheOutputToo) {
  HfModel model = testing::small_hf_llama();
  model.config.insert(1, "\"tie_word_embeddings\":true,");

  EXPECT_EQ(read(model).find("output.weight"), nullptr);
}

TEST(HfModels, ABlockThatPredictsIsNotNeeded) {
  HfModel model = testing::small_hf_deepseek2_lite();
  model.config.insert(1, "\"num_nextn_predict_layers\":1,");

  EXPECT_EQ(read(model).hyper.mtp_layers, 0U);
  EXPECT_EQ(read(model).hyper.layers, 2U);
}

TEST(HfModels, Fp8WithoutScalesIsRefused) {
  HfModel model = testing::small_hf_llama();
  model.config.insert(1, "\"tie_word_embeddings\":true,");
  SafetensorsBuilder file;
  file.ones("model.embed_tokens.weight", {6, 8}).ones("model.norm.weight", {8}, "F8_E4M3");
  model.weights = file;
  expect_words(refusal(model, "6", "6"), "'output_norm.weight' is a vector of f8_e4m3");

  file = SafetensorsBuilder();
  file.ones("model.embed_tokens.weight", {6, 8}, "F8_E4M3");
  model.weights = file;
  expect_words(refusal(model, "6", "6"), "token_embd.weight_scale_inv is missing");
}

}  // namespace
}  // namespace suan::engine
