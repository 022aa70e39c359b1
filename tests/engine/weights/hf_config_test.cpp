#include "engine/weights/hf_config.h"

#include <gtest/gtest.h>

#include "engine/weights/hf_names.h"
#include "tests/engine/weights/reader_probe.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

const std::filesystem::path kModel =
    std::filesystem::path(SUAN_SOURCE_DIR) / "models/stories-moe";

/// The bundled model with `from` of its config.json replaced by `to`; says why it is refused.
std::string refusal(const std::string& from, const std::string& to) {
  static const std::string kWeights = testing::read_bytes(kModel / "model.safetensors");
  static const std::string kWords = testing::read_bytes(kModel / "tok512.bin");
  std::string config = testing::read_bytes(kModel / "config.json");
  const size_t at = config.find(from);
  if (at == std::string::npos) return "the test's text is not there";
  config.replace(at, from.size(), to);
  try {
    static_cast<void>(
        read_manifest(ModelFormat::Folder, {{"config.json", as_bytes(config)},
                                            {"model.safetensors", as_bytes(kWeights)},
                                            {"tok512.bin", as_bytes(kWords)}}));
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

void expect_words(const std::string& sentence, const std::string& words) {
  EXPECT_NE(sentence.find(words), std::string::npos) << sentence;
}

TEST(HfConfig, M7_CodeOfTheModelIsNeverRun) {
  const std::string auto_map = R"({"auto_map":{"AutoModel":"model.Evil"},)";
  EXPECT_EQ(refusal("{", auto_map), "accepted");  // ours computes the model, nothing of its own
  std::string evil =
      R"(StoriesMoeForCausalLM"], "auto_map": {"AutoModel":"model.Evil"}, "x": [")";
  evil.replace(0, 7, "Unknown");
  expect_words(refusal("StoriesMoeForCausalLM", evil), "auto_map");
}

TEST(HfConfig, OtherArchitecturesAreNamed) {
  expect_words(refusal("StoriesMoeForCausalLM", "PhiForCausalLM"), "'PhiForCausalLM'");
  expect_words(refusal("\"hidden_act\": \"silu\"", "\"hidden_act\": \"gelu\""), "'gelu'");
  expect_words(refusal("noaux_tc", "greedy"), "'greedy'");
}

TEST(HfConfig, M3_HyperParametersHaveRanges) {
  expect_words(refusal("\"hidden_size\": 64", "\"hidden_size\": \"64\""), "hidden_size");
  expect_words(refusal("\"hidden_size\": 64", "\"hidden_size\": -64"), "hidden_size");
  expect_words(refusal("\"hidden_size\": 64", "\"hidden_size\": 64.5"), "hidden_size");
  expect_words(refusal("\"hidden_size\": 64", "\"hidden_size\": 1e999"), "JSON");
  expect_words(refusal("1e-05", "0"), "norm epsilon is 0");
  expect_words(refusal("1e-05", "NaN"), "no valid JSON");
  expect_words(refusal("\"num_hidden_layers\": 5", "\"num_hidden_layers\": 0"), "layers is 0");
  expect_words(refusal("\"num_hidden_layers\": 5", "\"num_hidden_layers\": 6"),
               "blk.5.attn_norm.weight is missing");
  expect_words(refusal("\"num_hidden_layers\": 5", "\"num_hidden_layers\": 4"), "'blk.4.");
  expect_words(refusal("\"num_experts_per_tok\": 4", "\"num_experts_per_tok\": 17"),
               "experts used is 17");
  expect_words(refusal("\"eos_token_id\": 2", "\"eos_token_id\": 512"), "eos_token_id is 512");
  expect_words(refusal("\"vocab_size\": 512", "\"vocab_size\": 2000000"),
               "vocab_size is 2000000");
}

TEST(HfConfig, M4_ShapesMatchTheHyperParameters) {
  expect_words(refusal("\"moe_intermediate_size\": 44", "\"moe_intermediate_size\": 43"),
               "ffn_gate_exps.0.weight has shape [64, 44]");
  expect_words(refusal("\"n_routed_experts\": 16", "\"n_routed_experts\": 8"),
               "shape [64, 16]");
}

TEST(HfConfig, RepeatedKeysAndMissingOnesAreRefused) {
  expect_words(refusal("{", R"({"vocab_size":512,)"), "'vocab_size' stands twice");
  expect_words(refusal("rope_theta", "rope_thetas"), "rope_theta is missing");
  expect_words(refusal("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"),
               "lm_head.weight is missing");
}

TEST(HfNames, FollowTheTable) {
  EXPECT_EQ(gguf_name("model.embed_tokens.weight"), "token_embd.weight");
  EXPECT_EQ(gguf_name("model.layers.12.mlp.experts.3.up_proj.weight"),
            "blk.12.ffn_up_exps.3.weight");
  EXPECT_EQ(gguf_name("model.layers.0.mlp.gate.e_score_correction_bias"),
            "blk.0.exp_probs_b.bias");
}

TEST(HfNames, M5_NumbersMustMatchWhole) {
  EXPECT_FALSE(gguf_name("model.layers.01.input_layernorm.weight"));
  EXPECT_FALSE(gguf_name("model.layers.-1.input_layernorm.weight"));
  EXPECT_FALSE(gguf_name("model.layers.1x.input_layernorm.weight"));
  EXPECT_FALSE(gguf_name("model.layers.4294967296.input_layernorm.weight"));
  EXPECT_FALSE(gguf_name("model.layers."));
  EXPECT_FALSE(gguf_name("model.layers.1.mlp.experts..up_proj.weight"));
  EXPECT_FALSE(gguf_name("model.layers.1.unheard_of.weight"));
}

}  // namespace
}  // namespace suan::engine
