#pragma once

#include <cstdint>

#include "catalog/types/id.h"

namespace suan {

/// A site's price for one model. A site that made none serves at price 0.
///
/// Units:    nano-yuan per token; 1 yuan per million tokens is 1,000
struct Offer {
  SiteId site;
  ModelId model;  // unset: every model without an offer of its own
  int64_t input_n_per_token = 0;
  int64_t cached_n_per_token = 0;
  int64_t output_n_per_token = 0;
};

}  // namespace suan
