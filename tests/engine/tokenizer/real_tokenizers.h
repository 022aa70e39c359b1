#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace suan::engine::testing {

const std::filesystem::path kTokenizerData =
    std::filesystem::path(SUAN_SOURCE_DIR) / "tests/data/tokenizer";

/// The tokenizer of a model file in this repository, or anywhere.
std::unique_ptr<Tokenizer> tokenizer_of(const std::filesystem::path& model);
Vocabulary vocabulary_of(const std::filesystem::path& model);

/// The texts and ids of llama.cpp's vector files.
std::vector<std::string> texts_of(const std::filesystem::path& file);
std::vector<std::vector<int32_t>> ids_of(const std::filesystem::path& file);

/// Where `tools/fetch_tokenizers.sh` has put a vocabulary that is too large for this repository:
/// `deepseek_v3`, `llama3`, `qwen3`. Empty: it is not there.
std::filesystem::path fetched_tokenizer(const std::string& name);

/// Why a test of such a vocabulary is skipped. Where SUAN_TOKENIZERS=required it must not be.
std::string how_to_fetch(const std::string& name);
bool must_be_fetched();

/// The whole text as markup, so that special tokens count wherever they stand.
MarkedText all_markup(const std::string& text);

}  // namespace suan::engine::testing

/// Skips this test, aloud, when the vocabulary has not been fetched.
#define SUAN_NEEDS_TOKENIZER(name)                              \
  if (suan::engine::testing::fetched_tokenizer(name).empty()) { \
    if (suan::engine::testing::must_be_fetched())               \
      FAIL() << suan::engine::testing::how_to_fetch(name);      \
    GTEST_SKIP() << suan::engine::testing::how_to_fetch(name);  \
  }
