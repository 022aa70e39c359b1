#pragma once

#include <memory>

#include "engine/grammar/automaton.h"
#include "engine/grammar/grammar.h"
#include "engine/grammar/token_mask.h"

namespace suan::engine {

struct Grammar::Compiled {
  std::shared_ptr<const TokenTable> tokens;
  Automaton automaton;
  StateMasks masks;
};

/// The draft of a source: its root rule. Throws GrammarError.
[[nodiscard]] RuleId draft_source(const GrammarSource& source,
                                  const TokenTable& tokens,
                                  Draft& draft);

}  // namespace suan::engine
