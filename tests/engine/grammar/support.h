#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/grammar/grammar.h"

namespace suan::engine {

/// A vocabulary of all 256 bytes (token n is byte n), then `more`, then an end (its number is
/// `end_of`) and a control token named "<|tool|>".
[[nodiscard]] std::shared_ptr<const TokenTable> byte_table(std::vector<std::string> more = {});
[[nodiscard]] int32_t end_of(const TokenTable& table);

[[nodiscard]] GrammarSource gbnf(std::string text);
[[nodiscard]] GrammarSource schema(std::string text);

/// Compiles, and throws the message when the source is refused.
[[nodiscard]] std::shared_ptr<const Grammar> compiled(
    const GrammarSource& source, std::shared_ptr<const TokenTable> table = {});
/// The message of a source that is refused; empty when it is not.
[[nodiscard]] std::string refusal(const GrammarSource& source);

/// Whether a text fits, byte by byte.
[[nodiscard]] bool fits(const std::shared_ptr<const Grammar>& grammar, std::string_view text);
/// Whether some text begins so.
[[nodiscard]] bool may_begin(const std::shared_ptr<const Grammar>& grammar,
                             std::string_view text);

/// The tokens that a state's mask allows.
[[nodiscard]] std::vector<int32_t> allowed(GrammarState& state, const TokenTable& table);

}  // namespace suan::engine
