#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/grammar/automaton.h"

namespace suan::engine {

struct NamedStart {
  uint32_t state = 0;
  std::string name;
};

/// Makes true what `Automaton` promises: refuses rules that begin with themselves, and removes
/// the ways that lead to no end.
class AutomatonChecks {
 public:
  AutomatonChecks(Automaton& automaton, std::vector<NamedStart> starts, CompileBudget& budget);

  /// Throws GrammarError when the root never ends, or a rule begins with itself.
  void check_and_trim();

 private:
  /// States that can come to their rule's end; without reading a byte if `is_empty_only`.
  std::vector<bool> states_that_end(bool is_empty_only) const;
  void check_left_recursion(const std::vector<bool>& ends_empty) const;
  std::vector<uint32_t> first_calls(uint32_t start, const std::vector<bool>& ends_empty) const;
  void trim(const std::vector<bool>& ends);

  Automaton& automaton_;
  std::vector<NamedStart> starts_;
  CompileBudget& budget_;
};

}  // namespace suan::engine
