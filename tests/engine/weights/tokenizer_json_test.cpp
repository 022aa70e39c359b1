#include "engine/weights/tokenizer_json.h"

#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/model_file.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

using nlohmann::json;

/// Four letters and two merges, with Qwen's splitting rule.
json small_tokenizer() {
  const std::string pattern =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
      R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const json split = {{"type", "Split"},
                      {"pattern", {{"Regex", pattern}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  const json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  return {{"version", "1.0"},
          {"added_tokens",
           {{{"id", 6}, {"content", "<s>"}, {"special", true}, {"normalized", false}},
            {{"id", 7}, {"content", "<|User|>"}, {"special", false}, {"rstrip", true}},
            {{"id", 8}, {"content", "<tool>"}, {"special", false}, {"lstrip", true}}}},
          {"normalizer", nullptr},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}}},
          {"post_processor", nullptr},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model",
           {{"type", "BPE"},
            {"vocab", {{"a", 0}, {"b", 1}, {"c", 2}, {"Ġ", 3}, {"ab", 4}, {"Ġc", 5}}},
            {"merges", {"a b", "Ġ c"}}}}};
}

Vocabulary read(const json& tokenizer, uint32_t tokens = 0) {
  const std::string text = tokenizer.dump();
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  return read_tokenizer_json({"tokenizer.json", {bytes, text.size()}}, tokens);
}

/// The sentence that refuses; empty: it is not refused.
std::string refusal_of(const std::function<void(json&)>& change) {
  json tokenizer = small_tokenizer();
  change(tokenizer);
  try {
    static_cast<void>(read(tokenizer));
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

TEST(TokenizerJson, IsReadAndUsed) {
  const Vocabulary vocabulary = read(small_tokenizer());

  EXPECT_EQ(vocabulary.kind, VocabularyKind::ByteBpe);
  EXPECT_EQ(vocabulary.pre_split, "qwen2");
  EXPECT_EQ(vocabulary.pieces.size(), 9U);
  EXPECT_EQ(vocabulary.types, (std::vector<uint8_t>{1, 1, 1, 1, 1, 1, 3, 3, 4}));
  EXPECT_EQ(vocabulary.strips_right, std::vector<int32_t>{7});
  EXPECT_EQ(vocabulary.strips_left, std::vector<int32_t>{8});
  EXPECT_FALSE(vocabulary.adds_bos);
  EXPECT_EQ(make_tokenizer(vocabulary)->encode("ab c", false), (std::vector<int32_t>{4, 5}));
}

TEST(TokenizerJson, MergesMayBePairs) {
  json tokenizer = small_tokenizer();
  tokenizer["model"]["merges"] = json::parse(R"([["a", "b"], ["Ġ", "c"]])");

  EXPECT_EQ(read(tokenizer).merges, (std::vector<std::string>{"a b", "Ġ c"}));
}

TEST(TokenizerJson, IdsThatAreLeftOutAreUnused) {
  json tokenizer = small_tokenizer();
  tokenizer["added_tokens"][2]["id"] = 10;
  const Vocabulary vocabulary = read(tokenizer, 12);

  EXPECT_EQ(vocabulary.pieces.size(), 12U);
  EXPECT_EQ(vocabulary.types[8], 5);
  EXPECT_EQ(vocabulary.types[11], 5);
  EXPECT_EQ(make_tokenizer(vocabulary)->token_bytes(11), "");
}

TEST(TokenizerJson, FormCAndTheBosTemplateAreRead) {
  json tokenizer = small_tokenizer();
  tokenizer["normalizer"] = {{"type", "NFC"}};
  tokenizer["model"]["ignore_merges"] = true;
  tokenizer["post_processor"] = {{"type", "TemplateProcessing"},
                                 {"single",
                                  {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}},
                                   {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}}};
  const Vocabulary vocabulary = read(tokenizer);

  EXPECT_TRUE(vocabulary.normalizes_nfc);
  EXPECT_TRUE(vocabulary.ignores_merges);
  EXPECT_TRUE(vocabulary.adds_bos);
  EXPECT_EQ(vocabulary.bos, 6);
}

TEST(TokenizerJson, TheConfigurationNamesBosEndAndTemplate) {
  Vocabulary vocabulary = read(small_tokenizer());
  const std::string text = R"({"bos_token": {"content": "<s>"}, "eos_token": "<|User|>",
                               "add_bos_token": true, "chat_template": [
                                 {"name": "tool_use", "template": "no"},
                                 {"name": "default", "template": "yes"}]})";
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());

  EXPECT_EQ(read_tokenizer_config({"tokenizer_config.json", {bytes, text.size()}}, vocabulary),
            "yes");
  EXPECT_EQ(vocabulary.bos, 6);
  EXPECT_TRUE(vocabulary.adds_bos);
  EXPECT_EQ(vocabulary.ends, std::vector<int32_t>{7});
}

TEST(TokenizerJson, ABpeInCharactersHasBytesBehindIt) {
  json tokenizer = small_tokenizer();
  tokenizer["pre_tokenizer"] = nullptr;
  tokenizer["decoder"] = nullptr;
  tokenizer["normalizer"] = {
      {"type", "Sequence"},
      {"normalizers",
       {{{"type", "Prepend"}, {"prepend", "▁"}},
        {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}}}};
  tokenizer["model"] = {
      {"type", "BPE"},
      {"byte_fallback", true},
      {"unk_token", "<unk>"},
      {"vocab", {{"<unk>", 0}, {"<0x7A>", 1}, {"▁", 2}, {"a", 3}, {"▁a", 4}, {"b", 5}}},
      {"merges", {"▁ a"}}};
  Vocabulary vocabulary = read(tokenizer);
  vocabulary.bos = 0;
  const auto tokens = make_tokenizer(vocabulary);

  EXPECT_EQ(tokens->encode("a abz", false), (std::vector<int32_t>{4, 4, 5, 1}));
  EXPECT_EQ(tokens->decode({4, 4, 5, 1}), "a abz");
}

TEST(TokenizerJson, WhatIsComputedInAnotherWayIsRefusedByName) {
  const std::vector<std::pair<const char*, std::function<void(json&)>>> changes = {
      {"Unigram", [](json& t) { t["model"]["type"] = "Unigram"; }},
      {"dropout", [](json& t) { t["model"]["dropout"] = 0.1; }},
      {"##", [](json& t) { t["model"]["continuing_subword_prefix"] = "##"; }},
      {"Lowercase",
       [](json& t) {
         t["normalizer"] = {{"type", "Lowercase"}};
       }},
      {"a+b",
       [](json& t) { t["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "a+b"; }},
      {"behavior",
       [](json& t) { t["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Removed"; }},
      {"invert", [](json& t) { t["pre_tokenizer"]["pretokenizers"][0]["invert"] = true; }},
      {"add_prefix_space",
       [](json& t) { t["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = true; }},
      {"no known rule",
       [](json& t) { t["pre_tokenizer"]["pretokenizers"][1]["use_regex"] = true; }},
      {"Metaspace",
       [](json& t) { t["pre_tokenizer"]["pretokenizers"][1]["type"] = "Metaspace"; }},
      {"WordPiece", [](json& t) { t["decoder"]["type"] = "WordPiece"; }},
      {"BertProcessing",
       [](json& t) {
         t["post_processor"] = {{"type", "BertProcessing"}};
       }},
      {"single_word", [](json& t) { t["added_tokens"][0]["single_word"] = true; }},
      {"after normalization",
       [](json& t) {
         t["normalizer"] = {{"type", "NFC"}};
         t["added_tokens"][0]["normalized"] = true;
       }},
  };
  for (const auto& [word, change] : changes) {
    const std::string sentence = refusal_of(change);
    EXPECT_TRUE(sentence.starts_with("tokenizer.json: ")) << word;
    EXPECT_NE(sentence.find(word), std::string::npos) << sentence;
  }
}

TEST(TokenizerJson, LiesAreRefused) {
  const std::vector<std::function<void(json&)>> changes = {
      [](json& t) { t["model"]["vocab"]["d"] = 4; },  // an id twice
      [](json& t) { t["model"]["vocab"]["d"] = -1; },
      [](json& t) { t["model"]["vocab"]["d"] = 1 << 20; },
      [](json& t) { t["model"]["vocab"]["d"] = 500'000; },  // nothing in between
      [](json& t) { t["model"]["vocab"]["d"] = "9"; },
      [](json& t) { t["model"]["vocab"][""] = 9; },
      [](json& t) { t["model"]["merges"][1] = 7; },
      [](json& t) {
        t["model"]["merges"][1] = json::array({"a"});
        t["model"]["merges"][0] = json::array({"a", "b", "c"});
      },
      [](json& t) {
        t["model"]["merges"][0] = json::array({"a b", "c"});
      },
      [](json& t) { t["added_tokens"][0]["id"] = 0; },  // of another piece
      [](json& t) { t["added_tokens"][0]["id"] = 1 << 20; },
      [](json& t) { t["added_tokens"][0].erase("id"); },
      [](json& t) { t["added_tokens"][0]["content"] = ""; },
      [](json& t) {
        t["added_tokens"] = {1, 2};
      },
      [](json& t) { t["model"]["unk_token"] = "nothere"; },
      [](json& t) { t["pre_tokenizer"] = nullptr; },
      [](json& t) { t["pre_tokenizer"]["type"] = 5; },
      [](json& t) { t.erase("model"); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    EXPECT_NE(refusal_of(changes[i]), "") << i;
  }
}

TEST(TokenizerJson, SequencesInSequencesHaveALimit) {
  json step = {{"type", "ByteLevel"}};
  for (size_t i = 0; i < 6; ++i)
    step = {{"type", "Sequence"}, {"pretokenizers", {step}}};

  EXPECT_NE(refusal_of([&](json& t) { t["pre_tokenizer"] = step; }), "");
}

TEST(TokenizerJson, EveryTruncationIsRefused) {
  const std::string text = small_tokenizer().dump();
  for (size_t length = 0; length < text.size(); ++length) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    EXPECT_THROW(static_cast<void>(read_tokenizer_json({"tokenizer.json", {bytes, length}})),
                 ModelError);
  }
}

TEST(TokenizerJson, IsOpenedAloneOrInItsFolder) {
  const suan::testing::TemporaryFolder folder;
  const auto file = folder.write("tokenizer.json", small_tokenizer().dump());

  for (const auto& path : {file, folder.path()}) {
    const auto model = open_model(path, {});
    EXPECT_TRUE(model->manifest().tensors.empty());
    EXPECT_EQ(model->manifest().vocabulary.pieces.size(), 9U);
    EXPECT_EQ(model->manifest().chat_template, "");
  }
  folder.write("tokenizer_config.json", R"({"chat_template": "{{ messages }}"})");
  EXPECT_EQ(open_model(file, {})->manifest().chat_template, "{{ messages }}");
  folder.write("tokenizer_config.json", R"({"auto_map": {"AutoTokenizer": "x.py"}})");
  EXPECT_THROW(static_cast<void>(open_model(file, {})), ModelError);
}

TEST(TokenizerJson, IsReadByTheChildProcess) {
  const suan::testing::TemporaryFolder folder;
  const auto file = folder.write("tokenizer.json", small_tokenizer().dump());
  std::filesystem::create_directory(folder.path() / "wrong");
  const auto wrong = folder.write("wrong/tokenizer.json", "{}");
  const ReaderCommand child{.arguments = {SUAN_MODEL_READER, "model-reader"}};

  const Vocabulary vocabulary = open_model(file, child)->manifest().vocabulary;

  EXPECT_EQ(vocabulary.pieces, open_model(file, {})->manifest().vocabulary.pieces);
  EXPECT_EQ(vocabulary.strips_right, std::vector<int32_t>{7});
  EXPECT_THROW(static_cast<void>(open_model(wrong, child)), ModelError);
}

}  // namespace
}  // namespace suan::engine
