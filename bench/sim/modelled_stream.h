#pragma once

#include <algorithm>
#include <cstdint>

#include "catalog/types/request.h"
#include "catalog/types/time.h"
#include "catalog/wire/loop.h"

namespace suan::bench {

/// A request inside a `ModelledRunner`.
struct ModelledStream {
  RequestFacts facts;
  uint32_t prompt_tokens = 0;
  uint32_t output_tokens = 0;  // of each choice
  uint32_t limit_tokens = 0;
  uint32_t cached_tokens = 0;  // of the prompt
  uint32_t sent = 0;           // tokens of each choice told so far
  double joined_at_step = 0;   // on the step clock, when the first token was made
  Duration prefill{};
  Time first_token_at{};
  uint32_t batch_max = 1;
  bool is_decoding = false;
  TimerId timer;  // end of prefill, then the next message

  [[nodiscard]] uint32_t choices() const { return std::max(facts.choices, 1U); }

  [[nodiscard]] uint32_t kv_tokens() const {
    return (prompt_tokens + output_tokens) * choices();
  }

  /// What its sequences have in their contexts, on average over the answer.
  [[nodiscard]] uint64_t context_tokens() const {
    return uint64_t{prompt_tokens + output_tokens / 2} * choices();
  }
};

}  // namespace suan::bench
