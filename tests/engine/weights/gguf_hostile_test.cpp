#include <chrono>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "tests/engine/weights/reader_probe.h"
#include "tests/support/gguf_builder.h"

namespace suan::engine {
namespace {

using testing::float_bytes;
using testing::GgufBuilder;
using testing::tiny_deepseek2;
using testing::tiny_llama;

/// One change to a valid file, and words that its refusal must hold.
struct Lie {
  const char* name;
  void (*tell)(GgufBuilder& file);
  const char* words;
};

class GgufLies : public ::testing::TestWithParam<Lie> {};

TEST_P(GgufLies, M1toM4_AreRefusedWithASentence) {
  GgufBuilder file = tiny_deepseek2();
  GetParam().tell(file);

  const std::string refusal = refusal_of_gguf(file.bytes());

  EXPECT_NE(refusal.find(GetParam().words), std::string::npos) << refusal;
  EXPECT_TRUE(refusal.starts_with("model.gguf: ")) << refusal;
}

constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max();

const Lie kLies[] = {
    {"ManyTensors", [](auto& f) { f.counts(65'537, 1); }, "number of tensors"},
    {"ManyKeys", [](auto& f) { f.counts(1, kHuge); }, "number of keys"},
    {"MoreKeysThanBytes", [](auto& f) { f.counts(1, 60'000); }, "model.gguf"},
    {"UnknownValueType", [](auto& f) { f.raw("x", 77, ""); }, "type 77"},
    {"NestedArray",
     [](auto& f) { f.raw("x", 9, std::string("\x09\0\0\0\1\0\0\0\0\0\0\0", 12)); }, "type 9"},
    {"ArrayPastTheEnd",
     [](auto& f) { f.raw("x", 9, std::string("\x06\0\0\0\0\0\1\0\0\0\0\0", 12)); },
     "needs 262144 bytes"},
    {"HugeArray",
     [](auto& f) { f.raw("x", 9, std::string("\x06\0\0\0", 4) + std::string(8, '\xFF')); },
     "an array at byte"},
    {"HugeStringArray",
     [](auto& f) { f.raw("x", 9, std::string("\x08\0\0\0", 4) + std::string(8, '\xFF')); },
     "strings, but"},
    {"LongString", [](auto& f) { f.raw("x", 8, std::string(8, '\x7F')); },
     "allowed are 1048576"},
    {"KeyWithControlBytes", [](auto& f) { f.whole("a\nb", 1); }, "'a?b'"},
    {"LongName", [](auto& f) { f.tensor_at(std::string(257, 'n'), {1}, 0, 0); },
     "allowed are 256"},
    {"NoDimensions", [](auto& f) { f.tensor_at("t", {}, 0, 0); }, "0 dimensions"},
    {"FiveDimensions",
     [](auto& f) {
       f.tensor_at("t", {1, 1, 1, 1, 1}, 0, 0);
     },
     "5 dimensions"},
    {"EmptyDimension",
     [](auto& f) {
       f.tensor_at("t", {8, 0}, 0, 0);
     },
     "cannot have the shape"},
    {"ShapeThatOverflows",
     [](auto& f) {
       f.tensor_at("t", {1ULL << 40, 1ULL << 40}, 0, 0);
     },
     "cannot have the shape"},
    {"ShapeThatWrapsToZero",
     [](auto& f) {
       f.tensor_at("t", {1ULL << 62, 4}, 0, 0);
     },
     "cannot have the shape"},
    {"BrokenBlock", [](auto& f) { f.tensor_at("t", {33}, 8, 0); }, "cannot have the shape"},
    {"UnsupportedType", [](auto& f) { f.tensor_at("t", {256}, 23, 0); },
     "tensor t is of type iq4_xs (23), which is not supported; supported: f32, f16, "},
    {"OffsetThatOverflows", [](auto& f) { f.tensor_at("t", {8}, 0, kHuge - 15); },
     "does not end inside the file"},
    {"OffsetPastTheEnd", [](auto& f) { f.tensor_at("t", {8}, 0, 1 << 20); },
     "does not end inside the file"},
    {"OffsetUnaligned", [](auto& f) { f.tensor_at("t", {1}, 0, 4); }, "alignment"},
    {"OverlappingTensors", [](auto& f) { f.tensor_at("output_norm.weight", {8}, 0, 0); },
     "overlap"},
    {"AlignmentOf3", [](auto& f) { f.whole("general.alignment", 3); }, "power of two"},
    {"AlignmentOf0", [](auto& f) { f.whole("general.alignment", 0); }, "power of two"},
    {"UnknownTensor", [](auto& f) { f.tensor("blk.0.attn_q.bias", {8}, 0, float_bytes(8)); },
     "blk.0.attn_q.bias"},
    {"MissingTensor", [](auto& f) { f.without("blk.1.ffn_up_exps.weight"); },
     "blk.1.ffn_up_exps.0.weight is missing"},
    {"WrongShape",
     [](auto& f) {
       f.tensor("blk.1.ffn_gate_inp.weight", {4, 8}, 0, float_bytes(32));
     },
     "shape [4, 8]"},
    {"UnknownArchitecture", [](auto& f) { f.text("general.architecture", "mamba"); },
     "'mamba'"},
    {"MissingArchitecture", [](auto& f) { f.without("general.architecture"); },
     "general.architecture"},
    {"MissingKey", [](auto& f) { f.without("deepseek2.attention.kv_lora_rank"); },
     "kv_lora_rank is missing"},
    {"KeyOfWrongType", [](auto& f) { f.text("deepseek2.block_count", "2"); },
     "a whole number is expected"},
    {"NoLayers", [](auto& f) { f.whole("deepseek2.block_count", 0); }, "layers is 0"},
    {"ManyLayers", [](auto& f) { f.whole("deepseek2.block_count", 513); },
     "allowed is 1 to 512"},
    {"NoHeads", [](auto& f) { f.whole("deepseek2.attention.head_count", 0); },
     "head_count is 0"},
    {"MoreUsedThanThereAre", [](auto& f) { f.whole("deepseek2.expert_used_count", 5); },
     "experts used is 5"},
    {"MoreUsedThanGroupsKeep", [](auto& f) { f.whole("deepseek2.expert_used_count", 3); },
     "experts used is 3"},
    {"GroupsThatDoNotDivide", [](auto& f) { f.whole("deepseek2.expert_group_count", 3); },
     "does not divide"},
    {"NoGroups", [](auto& f) { f.whole("deepseek2.expert_group_count", 0); },
     "expert groups is 0"},
    {"ManyExperts", [](auto& f) { f.whole("deepseek2.expert_count", 1025); },
     "allowed is 1 to 1024"},
    {"UnknownRouter", [](auto& f) { f.whole("deepseek2.expert_gating_func", 3); },
     "expert_gating_func is 3"},
    {"NanEpsilon", [](auto& f) { f.real("deepseek2.attention.layer_norm_rms_epsilon", NAN); },
     "norm epsilon is nan"},
    {"InfiniteRope", [](auto& f) { f.real("deepseek2.rope.freq_base", INFINITY); },
     "RoPE base is inf"},
    {"NegativeScale", [](auto& f) { f.real("deepseek2.expert_weights_scale", -1); },
     "router scale is -1"},
    {"RopeWiderThanTheKey", [](auto& f) { f.whole("deepseek2.rope.dimension_count", 6); },
     "not above rope.dimension_count"},
    {"OddRope", [](auto& f) { f.whole("deepseek2.rope.dimension_count", 3); },
     "does not divide RoPE dimension 3"},
    {"HugeContext", [](auto& f) { f.whole("deepseek2.context_length", 4'000'000'000U); },
     "context is 4000000000"},
    {"SharedWidthThatOverflows",
     [](auto& f) { f.whole("deepseek2.expert_shared_count", 4'000'000'000U); }, "too wide"},
    {"OnlyPredictionBlocks", [](auto& f) { f.whole("deepseek2.nextn_predict_layers", 2); },
     "not below block_count"},
    {"UnknownRopeScaling", [](auto& f) { f.text("deepseek2.rope.scaling.type", "longrope"); },
     "longrope"},
    {"SplitFile", [](auto& f) { f.whole("split.count", 4); }, "4 split files"},
    {"RepeatedPiece",
     [](auto& f) {
       f.texts("tokenizer.ggml.tokens", {"a", "b", "c", "d", "e", "a"});
     },
     "stands twice"},
    {"PieceThatIsNotUtf8",
     [](auto& f) {
       f.texts("tokenizer.ggml.tokens", {"a", "b", "c", "d", "e", "\xFF"});
     },
     "not UTF-8"},
    {"ScoresMissing",
     [](auto& f) {
       f.reals("tokenizer.ggml.scores", {1, 2});
     },
     "has 2 elements"},
    {"NanScore",
     [](auto& f) {
       f.reals("tokenizer.ggml.scores", {0, 0, 0, 0, NAN, 0});
     },
     "not finite"},
    {"TypeOutOfRange",
     [](auto& f) {
       f.wholes("tokenizer.ggml.token_type", {2, 3, 3, 6, 1, 7});
     },
     "allowed is 1 to 6"},
    {"BosOutOfRange", [](auto& f) { f.whole("tokenizer.ggml.bos_token_id", 6); },
     "bos_token_id is 6"},
    {"EosOutOfRange", [](auto& f) { f.whole("tokenizer.ggml.eos_token_id", 6); },
     "eos_token_id is 6"},
    {"UnknownTokenizer", [](auto& f) { f.text("tokenizer.ggml.model", "bert"); }, "'bert'"},
    {"VocabularyOfAnotherSize", [](auto& f) { f.whole("deepseek2.vocab_size", 7); },
     "6 pieces, but the model has 7"},
    {"TemplateThatIsNotUtf8", [](auto& f) { f.text("tokenizer.chat_template", "\xC0\x80"); },
     "not UTF-8"},
};

INSTANTIATE_TEST_SUITE_P(All, GgufLies, ::testing::ValuesIn(kLies), [](const auto& test) {
  return std::string(test.param.name);
});

TEST(GgufHostile, TheFileThatTheLiesStartFromIsAccepted) {
  EXPECT_EQ(refusal_of_gguf(tiny_deepseek2().bytes()), "accepted");
}

TEST(GgufHostile, M2_RepeatedKeysAndTensorsAreRefused) {
  std::string twice = tiny_llama().bytes();
  const auto replace = [&](std::string_view from, std::string_view to) {
    twice.replace(twice.find(from), from.size(), to);
  };
  replace("llama.context_length", "llama.embeddng_width");
  replace("llama.embeddng_width", "general.architecture");
  EXPECT_NE(refusal_of_gguf(twice).find("'general.architecture' stands twice"),
            std::string::npos);

  twice = tiny_llama().bytes();
  replace("blk.0.attn_k", "blk.0.attn_v");
  EXPECT_NE(refusal_of_gguf(twice).find("blk.0.attn_v.weight stands twice"), std::string::npos);
}

TEST(GgufHostile, M1_EveryTruncationIsRefused) {
  const std::string whole = tiny_deepseek2().bytes();

  for (size_t length = 0; length < whole.size(); ++length) {
    const std::string refusal = refusal_of_gguf(whole.substr(0, length));
    ASSERT_TRUE(refusal.starts_with("model.gguf: ")) << length << ": " << refusal;
  }
}

TEST(GgufHostile, M9_AnyFlippedByteIsReadOrRefusedSoon) {
  const std::string whole = tiny_deepseek2().bytes();
  const auto start = std::chrono::steady_clock::now();

  size_t refused = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    const std::string answer = refusal_of_gguf(bytes);
    ASSERT_TRUE(answer == "accepted" || answer.starts_with("model.gguf: ")) << at << answer;
    refused += answer == "accepted" ? 0 : 1;
  }

  EXPECT_GT(refused, 1000U);  // most of the header is checked
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

TEST(GgufHostile, OtherVersionsAreNamed) {
  EXPECT_NE(refusal_of_gguf(GgufBuilder(1).bytes()).find("version 1"), std::string::npos);
  EXPECT_NE(refusal_of_gguf(GgufBuilder(3U << 24).bytes()).find("big-endian"),
            std::string::npos);
  EXPECT_NE(refusal_of_gguf("GGML....").find("no GGUF file"), std::string::npos);
}

}  // namespace
}  // namespace suan::engine
