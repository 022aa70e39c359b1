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
  uint32_t output_tokens = 0;      // expected, all choices
  uint32_t output_tokens_p90 = 0;  // to reserve room for
};

/// Prompt by learned bytes per token; output by the learned median, within what was asked.
/// Tokenize and detokenize need no room and no prefill.
[[nodiscard]] Work work_of(const RequestFacts& request, const ModelRow& model);

}  // namespace suan::scheduler
