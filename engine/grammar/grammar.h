#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "engine/grammar/token_table.h"

namespace suan::engine {

/// A function that the model may call.
struct ToolFunction {
  std::string name;
  std::string parameters;  // JSON Schema of its arguments; empty: any object
};

/// How a model writes calls: begin (call_begin NAME name_end ARGUMENTS call_end), more of those
/// with `between` between them, then end. Names of special tokens stand for these tokens.
struct ToolCallFormat {
  std::string begin;
  std::string call_begin;
  std::string name_end;
  std::string call_end;
  std::string between;
  std::string end;
  bool has_many = true;      // more than one call may be made
  bool is_optional = false;  // free text may come before the calls, or instead of them
};

/// What a text must look like.
///
/// JsonObject: any object. JsonSchema: `text` is the schema. Gbnf: `text` holds the rules.
struct GrammarSource {
  enum class Kind : uint8_t { JsonObject, JsonSchema, Gbnf, ToolCalls } kind{};
  std::string text{};
  std::vector<ToolFunction> functions{};  // ToolCalls
  ToolCallFormat format{};                // ToolCalls
  std::string begins_after{};  // free text up to the first of these comes first ("</think>")
};

/// A compiled source for one vocabulary: an automaton of bytes with a stack, and for its states
/// the tokens that fit. Immutable, so threads may share it.
class Grammar {
 public:
  struct Compiled;

  explicit Grammar(std::unique_ptr<const Compiled> compiled);
  ~Grammar();
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  [[nodiscard]] const Compiled& compiled() const { return *compiled_; }

  /// Memory that it holds, the shared token table not counted.
  [[nodiscard]] size_t bytes() const;

 private:
  std::unique_ptr<const Compiled> compiled_;
};

/// A grammar, or a sentence that says what is wrong with its source and where.
using GrammarResult = tl::expected<std::shared_ptr<const Grammar>, std::string>;

/// Compiles a source from outside; work and memory are counted and bounded (`limits.h`).
///
/// Threads:  any; may take up to 2 s, so never the engine's.
[[nodiscard]] GrammarResult compile_grammar(const GrammarSource& source,
                                            std::shared_ptr<const TokenTable> tokens);

/// How far one text has come in a grammar.
///
/// Memory and work for each token are bounded; what passes the bounds ends this text alone.
/// Threads:  one owner.
class GrammarState {
 public:
  /// Tokens that `take_back` can undo.
  static constexpr uint32_t kTakenBackMax = 64;

  explicit GrammarState(std::shared_ptr<const Grammar> grammar);
  ~GrammarState();
  GrammarState(GrammarState&& other) noexcept;
  GrammarState& operator=(GrammarState&& other) noexcept;

  /// Sets the bit of every token that may come next and clears all others. Tokens that end a
  /// text may come when it is complete.
  ///
  /// Shapes:   bits [ceil(vocabulary / 64)]  token t is bit t % 64 of word t / 64
  /// False when no token may come: the text is complete, or `failure` says why.
  [[nodiscard]] bool mask(std::span<uint64_t> bits);

  /// Moves on by one token. False, and nothing changes, when it may not come.
  [[nodiscard]] bool accept(int32_t token);

  /// Undoes the last `count` accepted tokens, for drafts that were not kept.
  /// Requires: count <= kTakenBackMax, and that many were accepted.
  void take_back(uint32_t count);

  /// Whether the text may end here.
  [[nodiscard]] bool is_complete() const;

  /// Why nothing may follow a text that is not complete; empty while all is well.
  [[nodiscard]] const std::string& failure() const;

 private:
  class Runner;

  std::unique_ptr<Runner> runner_;
};

}  // namespace suan::engine
