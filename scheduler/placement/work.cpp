#include "scheduler/placement/work.h"

#include <algorithm>

namespace suan::scheduler {

namespace {

constexpr uint64_t kBlockBytes = 256;
// A prompt of the largest body has fewer; keeps every later product inside 64 bits.
constexpr uint64_t kTokensMax = 1U << 24U;

uint32_t capped(uint64_t tokens) {
  return static_cast<uint32_t>(std::min(tokens, kTokensMax));
}

}  // namespace

Work work_of(const RequestFacts& request, const ModelRow& model) {
  if (request.kind == RequestKind::Tokenize || request.kind == RequestKind::Detokenize) {
    return {};
  }
  const uint64_t bytes_milli = std::max<uint32_t>(model.bytes_per_token_milli, 1);
  const uint64_t asked = request.tokens_max == 0 ? kTokensMax : request.tokens_max;
  Work work;
  work.prompt_tokens =
      capped(std::max<uint64_t>(request.prompt_bytes * 1000ULL / bytes_milli, 1));
  work.choices = std::clamp<uint32_t>(request.choices, 1, 128);
  work.output_tokens = capped(std::min<uint64_t>(asked, model.output_tokens_p50));
  work.output_tokens_p90 = capped(std::min<uint64_t>(asked, model.output_tokens_p90));
  work.prefix_tokens_per_block_milli = capped(kBlockBytes * 1'000'000ULL / bytes_milli);
  return work;
}

uint32_t Work::kv_tokens(uint32_t context_tokens) const {
  const uint32_t left = context_tokens > prompt_tokens ? context_tokens - prompt_tokens : 0;
  return capped(prompt_tokens + uint64_t{choices} * std::min(output_tokens_p90, left));
}

}  // namespace suan::scheduler
