#pragma once

#include <string>

#include "engine/grammar/grammar.h"

namespace suan::fuzz {

/// Tokens for all bytes, some longer ones, one that ends a text and one of control.
[[nodiscard]] std::shared_ptr<const engine::TokenTable> walk_tokens();

/// Compiles, and makes a text by chance: what the mask allows is accepted and nothing else, and
/// what was taken back can be made again. Aborts where that fails.
///
/// Returns: the text when it may end, empty otherwise
[[nodiscard]] std::string walk(const engine::GrammarSource& source, uint64_t seed);

}  // namespace suan::fuzz
