#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/types/random.h"
#include "catalog/types/result.h"

namespace suan::bench {

/// A text that prompts are cut from.
struct Corpus {
  std::string_view text;
  std::string sha256;
};

/// Errors:   BadRequest  no such corpus, or (where `sha256` is not empty) another digest
[[nodiscard]] Result<Corpus> find_corpus(std::string_view name, std::string_view sha256);

/// A piece of about four bytes per token, from a drawn word to the end of a word.
///
/// Requires: tokens > 0; the corpus is not empty.
[[nodiscard]] std::string cut_prompt(const Corpus& corpus, uint32_t tokens, Random& random);

}  // namespace suan::bench
