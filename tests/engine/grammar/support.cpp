#include "tests/engine/grammar/support.h"

#include <stdexcept>
#include <utility>

namespace suan::engine {

std::shared_ptr<const TokenTable> byte_table(std::vector<std::string> more) {
  std::vector<TokenText> tokens;
  for (int byte = 0; byte < 256; ++byte)
    tokens.push_back({.bytes = std::string(1, static_cast<char>(byte))});
  for (std::string& text : more)
    tokens.push_back({.bytes = std::move(text)});
  tokens.push_back({.bytes = "<|end|>", .is_control = true, .is_end = true});
  tokens.push_back({.bytes = "<|tool|>", .is_control = true});
  return std::make_shared<const TokenTable>(std::move(tokens));
}

int32_t end_of(const TokenTable& table) {
  return table.ends().front();
}

GrammarSource gbnf(std::string text) {
  return {.kind = GrammarSource::Kind::Gbnf, .text = std::move(text)};
}

GrammarSource schema(std::string text) {
  return {.kind = GrammarSource::Kind::JsonSchema, .text = std::move(text)};
}

std::shared_ptr<const Grammar> compiled(const GrammarSource& source,
                                        std::shared_ptr<const TokenTable> table) {
  auto result = compile_grammar(source, table != nullptr ? std::move(table) : byte_table());
  if (!result) throw std::runtime_error(result.error());
  return *result;
}

std::string refusal(const GrammarSource& source) {
  const auto result = compile_grammar(source, byte_table());
  return result ? std::string() : result.error();
}

bool may_begin(const std::shared_ptr<const Grammar>& grammar, std::string_view text) {
  GrammarState state(grammar);
  for (const char byte : text) {
    if (!state.accept(static_cast<unsigned char>(byte))) return false;
  }
  return true;
}

bool fits(const std::shared_ptr<const Grammar>& grammar, std::string_view text) {
  GrammarState state(grammar);
  for (const char byte : text) {
    if (!state.accept(static_cast<unsigned char>(byte))) return false;
  }
  return state.is_complete();
}

std::vector<int32_t> allowed(GrammarState& state, const TokenTable& table) {
  std::vector<uint64_t> bits((table.size() + 63) / 64);
  (void)state.mask(bits);
  std::vector<int32_t> tokens;
  for (uint32_t token = 0; token < table.size(); ++token) {
    if ((bits[token / 64] >> (token % 64) & 1U) != 0)
      tokens.push_back(static_cast<int32_t>(token));
  }
  return tokens;
}

}  // namespace suan::engine
