#pragma once

#include <span>
#include <string>
#include <string_view>

namespace suan::engine {

/// A pattern as tokenizer.json writes it, but with `\r`, `\n` and `\x{4E00}` for such characters
/// themselves. `\s` and `\S` mean Unicode's White_Space.
struct SplitPattern {
  std::string_view source;
  std::string_view linear{};  // same matches in linear time, where the source takes longer
};

/// How a text is cut into words, inside which merges happen: the patterns one after another, each
/// on every piece that the former ones left. What a pattern matches is a piece, and so is what
/// lies between its matches.
///
/// Source: the tokenizer.json of the models; llama.cpp src/llama-vocab.cpp has the same rules by
///         the names of `tokenizer.ggml.pre`
struct SplitRule {
  std::string_view name;
  std::span<const SplitPattern> patterns;
};

/// By a name that GGUF files use, or null.
[[nodiscard]] const SplitRule* find_split_rule(std::string_view name);

/// By the patterns, in plain letters and in order; or null.
[[nodiscard]] const SplitRule* find_split_rule(std::span<const std::string> patterns);

[[nodiscard]] bool is_known_pattern(std::string_view pattern);

/// The pattern that Hugging Face's ByteLevel has built in.
[[nodiscard]] std::string_view pattern_in_bytes();

/// Whether a word that is a piece stays whole under this GGUF name, whatever the merges say.
[[nodiscard]] bool keeps_whole_pieces(std::string_view name);

/// The form in which patterns are compared.
[[nodiscard]] std::string in_plain_letters(std::string_view pattern);

}  // namespace suan::engine
