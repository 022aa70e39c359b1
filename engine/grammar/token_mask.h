#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/grammar/machine.h"
#include "engine/grammar/token_table.h"

namespace suan::engine {

/// Which tokens fit when an automaton reads on from one state, worked out without its stack.
///
/// Accepted tokens stay within the state's rule, or end just where it ends, which fits whatever
/// the stack. Where the rule ends inside longer tokens, the stack has to say: `exits`.
struct TokenMask {
  std::vector<int32_t> tokens;  // accepted; empty if `words` holds them
  std::vector<uint64_t> words;  // one bit for each token
  std::vector<uint32_t> exits;  // trie nodes

  void add_to(std::span<uint64_t> bits) const;
  [[nodiscard]] size_t bytes() const;
};

/// Walks a trie below one node, from one set of positions: every token that fits, and every node
/// with more below it at which the set is complete.
///
/// Returns the nodes visited, as a measure of work.
uint64_t walk_trie(const TokenTable& tokens,
                   uint32_t root,
                   Machine& machine,
                   Machine::SetId from,
                   std::vector<int32_t>& accepted,
                   std::vector<uint32_t>* exits);

/// The masks of an automaton's states, as many as the work allowed; nearest to the start first.
///
/// States that look alike for as many bytes as the longest token has share one mask, so that
/// "at most 500 characters" costs no 500 masks.
class StateMasks {
 public:
  StateMasks() = default;

  /// Throws GrammarError when even the first state passes the machine's bounds.
  StateMasks(const Automaton& automaton, const TokenTable& tokens, CompileBudget& budget);

  /// Null when it was not worked out.
  [[nodiscard]] const TokenMask* of(uint32_t state) const {
    return mask_of_[state] == kNone ? nullptr : &masks_[mask_of_[state]];
  }

  [[nodiscard]] size_t bytes() const;

  [[nodiscard]] size_t size() const { return masks_.size(); }

 private:
  static constexpr uint32_t kNone = 0xFFFFFFFF;

  std::vector<TokenMask> masks_;
  std::vector<uint32_t> mask_of_;  // [state]
};

/// Makes one state's mask. `machine` only saves work from one call to the next.
[[nodiscard]] TokenMask make_token_mask(const TokenTable& tokens,
                                        uint32_t state,
                                        Machine& machine,
                                        uint64_t& visited);

/// Equal numbers for states that behave alike over `bytes` bytes.
[[nodiscard]] std::vector<uint64_t> looks_of_states(const Automaton& automaton,
                                                    size_t bytes,
                                                    CompileBudget& budget);

}  // namespace suan::engine
