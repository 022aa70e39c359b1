#include "web_api/accounts/pricing.h"

#include <algorithm>

namespace suan::web_api {

Result<int64_t> amount_n(const Usage& usage, const Prices& prices) {
  if (usage.cached_tokens > usage.prompt_tokens) {
    return fail(ErrorCode::BadRequest, "{} cached tokens in a prompt of {}",
                usage.cached_tokens, usage.prompt_tokens);
  }
  if (std::min({prices.input_n_per_token, prices.cached_n_per_token,
                prices.output_n_per_token}) < 0) {
    return fail(ErrorCode::BadRequest, "a price below 0");
  }

  int64_t total = 0;
  bool is_too_large = false;
  const auto add = [&](uint32_t tokens, int64_t price) {
    int64_t part = 0;
    is_too_large |= __builtin_mul_overflow(int64_t{tokens}, price, &part);
    is_too_large |= __builtin_add_overflow(total, part, &total);
  };
  add(usage.prompt_tokens - usage.cached_tokens, prices.input_n_per_token);
  add(usage.cached_tokens, prices.cached_n_per_token);
  add(usage.completion_tokens, prices.output_n_per_token);
  if (is_too_large) return fail(ErrorCode::BadRequest, "an amount beyond 64 bits of nano-yuan");
  return total;
}

}  // namespace suan::web_api
