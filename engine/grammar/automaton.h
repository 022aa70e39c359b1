#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/grammar/draft.h"

namespace suan::engine {

/// A pushdown automaton over bytes, without empty moves.
///
/// In a state it reads a byte, or calls a rule (its first state) and goes on in another state
/// once the rule has come to a final state, or is final itself: the rule that it belongs to may
/// end here. Every state can come to an end, and no rule calls itself before it reads a byte.
class Automaton {
 public:
  struct ByteEdge {
    uint8_t low = 0;
    uint8_t high = 0;
    uint32_t target = 0;
  };

  struct Call {
    uint32_t rule_start = 0;
    uint32_t after = 0;
  };

  struct State {
    uint32_t first_edge = 0;
    uint32_t edges = 0;
    uint32_t first_call = 0;
    uint32_t calls = 0;
    bool is_final = false;
  };

  [[nodiscard]] uint32_t start() const { return start_; }

  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(states_.size()); }

  [[nodiscard]] bool is_final(uint32_t state) const { return states_[state].is_final; }

  /// By their low ends; they overlap only where the grammar is ambiguous.
  [[nodiscard]] std::span<const ByteEdge> edges(uint32_t state) const {
    return {edges_.data() + states_[state].first_edge, states_[state].edges};
  }

  [[nodiscard]] std::span<const Call> calls(uint32_t state) const {
    return {calls_.data() + states_[state].first_call, states_[state].calls};
  }

  /// Whether nothing but the end of the rule can follow, so that a call need not come back here.
  [[nodiscard]] bool is_only_final(uint32_t state) const {
    return states_[state].is_final && states_[state].edges == 0 && states_[state].calls == 0;
  }

  /// Bytes of one class are alike in every state.
  [[nodiscard]] uint8_t class_of(uint8_t byte) const { return class_of_[byte]; }

  [[nodiscard]] uint32_t classes() const { return classes_; }

  [[nodiscard]] size_t bytes() const;

 private:
  friend class AutomatonBuilder;
  friend class AutomatonChecks;

  void set_classes();

  uint32_t start_ = 0;
  std::vector<State> states_;
  std::vector<ByteEdge> edges_;
  std::vector<Call> calls_;
  std::array<uint8_t, 256> class_of_{};
  uint32_t classes_ = 0;
};

/// Throws GrammarError for a rule that is not defined, that can begin with itself, or never ends.
[[nodiscard]] Automaton build_automaton(const Draft& draft, RuleId root);

}  // namespace suan::engine
