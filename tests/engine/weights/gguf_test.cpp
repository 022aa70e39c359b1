#include <gtest/gtest.h>

#include "tests/engine/weights/reader_probe.h"
#include "tests/support/gguf_builder.h"

namespace suan::engine {
namespace {

using testing::float_bytes;
using testing::GgufBuilder;
using testing::tiny_deepseek2;
using testing::tiny_llama;

TEST(Gguf, ReadsTheHyperParametersOfALlama) {
  const Manifest manifest = read_gguf(tiny_llama().bytes());

  EXPECT_EQ(manifest.hyper.architecture, "llama");
  EXPECT_EQ(manifest.name, "tiny");
  EXPECT_EQ(manifest.hyper.layers, 1U);
  EXPECT_EQ(manifest.hyper.heads, 2U);
  EXPECT_EQ(manifest.hyper.kv_heads, 1U);
  EXPECT_EQ(manifest.hyper.head_dim, 4U);
  EXPECT_EQ(manifest.hyper.rope_dim, 4U);
  EXPECT_EQ(manifest.hyper.vocabulary, 6U);
  EXPECT_FLOAT_EQ(manifest.hyper.rope_base, 10000.0F);
  EXPECT_TRUE(manifest.hyper.rope_is_adjacent);
  EXPECT_EQ(manifest.quantization, "f32");
}

TEST(Gguf, ReadsTheHyperParametersOfADeepseek2) {
  const HyperParameters hyper = read_gguf(tiny_deepseek2().bytes()).hyper;

  EXPECT_EQ(hyper.q_lora, 6U);
  EXPECT_EQ(hyper.kv_lora, 5U);
  EXPECT_EQ(hyper.nope_dim, 4U);
  EXPECT_EQ(hyper.rope_dim, 2U);
  EXPECT_EQ(hyper.value_dim, 3U);
  EXPECT_EQ(hyper.dense_layers, 1U);
  EXPECT_EQ(hyper.experts, 4U);
  EXPECT_EQ(hyper.groups, 2U);
  EXPECT_EQ(hyper.groups_kept, 1U);
  EXPECT_EQ(hyper.shared_ff_dim, 10U);
  EXPECT_EQ(hyper.router_score, RouterScore::Sigmoid);
  EXPECT_TRUE(hyper.router_normalises);
  EXPECT_FLOAT_EQ(hyper.router_scale, 2.5F);
  EXPECT_FLOAT_EQ(hyper.yarn_factor, 40.0F);
  EXPECT_EQ(hyper.yarn_original_context, 16U);
}

TEST(Gguf, ReadsALegacyDeepseek2WithoutMlaKeys) {
  GgufBuilder file = tiny_deepseek2();
  file.without("deepseek2.attention.key_length_mla").whole("deepseek2.attention.key_length", 6);
  file.without("deepseek2.attention.value_length_mla")
      .whole("deepseek2.attention.value_length", 3);
  for (const std::string block : {"blk.0.", "blk.1."}) {
    file.without(block + "attn_k_b.weight").without(block + "attn_v_b.weight");
    file.tensor(block + "attn_kv_b.weight", {5, 14}, 0, float_bytes(70));
  }

  const HyperParameters hyper = read_gguf(file.bytes()).hyper;

  EXPECT_EQ(hyper.nope_dim, 4U);
  EXPECT_EQ(hyper.value_dim, 3U);
}

TEST(Gguf, ReadsTheVocabulary) {
  const Vocabulary vocabulary = read_gguf(tiny_llama().bytes()).vocabulary;

  EXPECT_EQ(vocabulary.kind, VocabularyKind::SentencePiece);
  EXPECT_EQ(vocabulary.pieces.at(5), "a");
  EXPECT_FLOAT_EQ(vocabulary.scores.at(5), -2.0F);
  EXPECT_EQ(vocabulary.bos, 1);
  EXPECT_EQ(vocabulary.ends, std::vector<int32_t>{2});
  EXPECT_TRUE(vocabulary.adds_bos);
  EXPECT_TRUE(vocabulary.adds_space_prefix);
}

TEST(Gguf, AcceptsVersion2AndAllSupportedTypes) {
  GgufBuilder file(2);
  file.text("general.architecture", "llama")
      .whole("llama.block_count", 1)
      .whole("llama.context_length", 16)
      .whole("llama.embedding_length", 32)
      .whole("llama.feed_forward_length", 32)
      .whole("llama.attention.head_count", 2)
      .whole("llama.vocab_size", 2)
      .real("llama.attention.layer_norm_rms_epsilon", 1e-5F)
      .tensor("token_embd.weight", {32, 2}, 8, std::string(68, '\0'))
      .tensor("output_norm.weight", {32}, 0, float_bytes(32))
      .tensor("blk.0.attn_norm.weight", {32}, 0, float_bytes(32))
      .tensor("blk.0.ffn_norm.weight", {32}, 0, float_bytes(32))
      .tensor("blk.0.ffn_gate.weight", {32, 32}, 1, std::string(2048, '\0'))
      .tensor("blk.0.ffn_up.weight", {32, 32}, 30, std::string(2048, '\0'))
      .tensor("blk.0.ffn_down.weight", {32, 32}, 8, std::string(1088, '\0'));
  for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
    file.tensor(std::string("blk.0.") + name + ".weight", {32, 32}, 8, std::string(1088, '\0'));
  }

  const Manifest manifest = read_gguf(file.bytes());

  EXPECT_EQ(manifest.find("blk.0.ffn_gate.weight")->type, TensorType::F16);
  EXPECT_EQ(manifest.find("blk.0.ffn_up.weight")->type, TensorType::BF16);
  EXPECT_EQ(manifest.find("blk.0.ffn_down.weight")->type, TensorType::Q8_0);
  EXPECT_EQ(manifest.find("blk.0.ffn_down.weight")->bytes, 1088U);
  EXPECT_EQ(manifest.quantization, "q8_0");
  EXPECT_EQ(manifest.vocabulary.kind, VocabularyKind::None);
}

TEST(Gguf, GivesOneExpertOfAStack) {
  const Manifest manifest = read_gguf(tiny_deepseek2().bytes());
  const TensorEntry stack = *manifest.find("blk.1.ffn_down_exps.weight");

  const auto third = expert_entry(manifest, "blk.1.ffn_down_exps", 3);

  ASSERT_TRUE(third);
  EXPECT_EQ(third->shape, (std::vector<uint64_t>{10, 8}));
  EXPECT_EQ(third->bytes, 320U);
  EXPECT_EQ(third->offset, stack.offset + 960);
  EXPECT_FALSE(expert_entry(manifest, "blk.1.ffn_down_exps", 4));
  EXPECT_FALSE(expert_entry(manifest, "blk.0.ffn_down_exps", 0));
}

}  // namespace
}  // namespace suan::engine
