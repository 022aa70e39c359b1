#pragma once

#include <cstdint>

#include "catalog/types/request.h"
#include "scheduler/placement/cluster_view.h"

namespace suan::scheduler {

/// How much computing a request is expected to be; nobody has tokenised it yet.
///
/// Units:    tokens
struct Work {
  uint32_t prompt_tokens = 0;
  uint32_t choices = 1;
  uint32_t output_tokens = 0;                       // expected, of one choice
  uint32_t output_tokens_p90 = 0;                   // of one choice, to reserve room for
  uint32_t prefix_tokens_per_block_milli = 64'000;  // of 256 bytes

  /// Room that the request needs on a replica of this context: prompt and outputs.
  [[nodiscard]] uint32_t kv_tokens(uint32_t context_tokens) const;
};

/// Prompt by learned bytes per token; output by the learned median, within what was asked.
/// Tokenize and detokenize need no room and no prefill.
[[nodiscard]] Work work_of(const RequestFacts& request, const ModelRow& model);

}  // namespace suan::scheduler
