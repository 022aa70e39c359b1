#pragma once

#include <cstdint>

#include "catalog/types/request.h"
#include "catalog/types/result.h"

namespace suan::web_api {

/// Units:    nano-yuan per token
struct Prices {
  int64_t input_n_per_token = 0;
  int64_t cached_n_per_token = 0;
  int64_t output_n_per_token = 0;
};

/// What `usage` costs: prompt tokens from the cache at their own price, the others at the
/// input price, completion tokens at the output price.
///
/// Units:    nano-yuan
/// Errors:   BadRequest  more cached than prompt tokens, a negative price, or beyond 64 bits
[[nodiscard]] Result<int64_t> amount_n(const Usage& usage, const Prices& prices);

}  // namespace suan::web_api
