#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/batch/draft_pace.h"
#include "engine/cache/page_pool.h"
#include "engine/engine.h"
#include "engine/grammar/grammar.h"
#include "engine/sampling/sampler.h"

namespace suan::engine {

/// A generation on its way through the engine.
///
/// Its prompt is computed first. If it lost its room in mid-text, its output is computed again
/// after that, as decoded rows, so that every number is what it was.
struct Sequence {
  Sequence(Generation taken, uint64_t its_age, uint32_t draft_max)
      : generation(std::move(taken)),
        tokens(std::move(generation.prompt)),
        prompt_tokens(static_cast<uint32_t>(tokens.size())),
        age(its_age),
        sampler(generation.sampling, tokens),
        pace(generation.takes_drafts ? draft_max : 0) {}

  Generation generation;        // without its prompt
  std::vector<int32_t> tokens;  // the prompt, then all output so far
  uint32_t prompt_tokens;
  uint64_t age;  // grows from one that was submitted to the next
  Sampler sampler;
  std::optional<GrammarState> grammar{};  // from its first draw on, if it has one

  PageLease lease;               // empty while it waits
  uint32_t position = 0;         // tokens computed so far, all in the cache
  std::vector<int32_t> draft{};  // guesses of what follows `tokens`
  DraftPace pace;

  uint32_t rows = 0;            // in this step's batch
  uint32_t steps_unserved = 0;  // one after the other, without any rows for a prompt not done
  bool was_told = false;        // that it has started
  bool was_preempted = false;
  bool has_ended = false;
  bool has_failed = false;

  [[nodiscard]] uint32_t tokens_made() const {
    return static_cast<uint32_t>(tokens.size()) - prompt_tokens;
  }

  [[nodiscard]] uint32_t tokens_left() const { return generation.tokens_max - tokens_made(); }

  [[nodiscard]] uint32_t prompt_left() const {
    return position < prompt_tokens ? prompt_tokens - position : 0;
  }

  /// Tokens to be computed before the next one can be drawn, prompt or output.
  [[nodiscard]] uint32_t catching_up() const {
    const auto known = static_cast<uint32_t>(tokens.size()) - (tokens_made() > 0 ? 1 : 0);
    return known - position;
  }

  [[nodiscard]] bool is_decoding() const { return tokens_made() > 0 && catching_up() == 0; }

  /// The tokens that its next `count` rows compute.
  [[nodiscard]] const int32_t* next_tokens() const { return tokens.data() + position; }

  /// Most tokens it can ever need room for.
  [[nodiscard]] uint64_t tokens_most() const {
    return prompt_tokens + uint64_t{generation.tokens_max};
  }
};

}  // namespace suan::engine
