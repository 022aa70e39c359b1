#include "tests/fuzz/grammar_walk.h"

#include <bit>
#include <cstdlib>

namespace suan::fuzz {
namespace {

using namespace engine;  // NOLINT(google-build-using-namespace)

constexpr int kSteps = 40;

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

bool has(const std::vector<uint64_t>& bits, size_t token) {
  return (bits[token / 64] >> (token % 64) & 1U) != 0;
}

/// One allowed token, the same for the same draw.
int32_t choose(const std::vector<uint64_t>& bits, uint64_t draw) {
  size_t count = 0;
  for (const uint64_t word : bits)
    count += static_cast<size_t>(std::popcount(word));
  size_t left = draw % count;
  for (size_t token = 0;; ++token) {
    if (has(bits, token) && left-- == 0) return static_cast<int32_t>(token);
  }
}

}  // namespace

std::shared_ptr<const TokenTable> walk_tokens() {
  static const auto kTable = [] {
    std::vector<TokenText> tokens;
    for (int byte = 0; byte < 256; ++byte)
      tokens.push_back({.bytes = {static_cast<char>(byte)}});
    for (const char* text : {"{\"", "\": ", "\", \"", "true", "false", "null", "}}", "ab", "  ",
                             "12", "0.5", "\xE7\xAE\x97", "\xE7\xAE", "]", "root"}) {
      tokens.push_back({.bytes = text});
    }
    tokens.push_back({.bytes = "<end>", .is_control = true, .is_end = true});
    tokens.push_back({.bytes = "<call>", .is_control = true});
    return std::make_shared<const TokenTable>(std::move(tokens));
  }();
  return kTable;
}

std::string walk(const GrammarSource& source, uint64_t seed) {
  const auto table = walk_tokens();
  const GrammarResult grammar = compile_grammar(source, table);
  if (!grammar) {
    require(!grammar.error().empty());
    return "";
  }
  GrammarState state(*grammar);
  std::vector<uint64_t> bits((table->size() + 63) / 64);
  std::string text;
  for (int step = 0; step < kSteps; ++step) {
    if (!state.mask(bits)) {
      require(state.is_complete() || !state.failure().empty());
      break;
    }
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    const auto other = static_cast<int32_t>((seed >> 20) % table->size());
    if (!has(bits, static_cast<size_t>(other))) require(!state.accept(other));
    const int32_t token = choose(bits, seed >> 33);
    if (table->is_end(token)) {
      require(state.is_complete());
      break;
    }
    require(state.accept(token));
    if (step % 8 == 7) {
      state.take_back(1);
      require(state.accept(token));
    }
    text += table->spelled(token);
  }
  return state.is_complete() ? text : "";
}

}  // namespace suan::fuzz
