#pragma once

#include <string_view>
#include <vector>

#include "catalog/types/request.h"
#include "catalog/types/result.h"
#include "web_api/http/message.h"

namespace suan::web_api {

// One function per wish, for the body's `suan` object and for headers alike; `param` is what an
// error names. Errors: BadRequest.

[[nodiscard]] Result<void> wish_policy(Wishes& wishes,
                                       std::string_view text,
                                       std::string_view param);
[[nodiscard]] Result<void> wish_priority(Wishes& wishes,
                                         std::string_view text,
                                         std::string_view param);
/// Adds one site. Whether it exists is for the scheduler to say (422).
[[nodiscard]] Result<void> wish_site(Wishes& wishes,
                                     std::string_view text,
                                     std::string_view param);
[[nodiscard]] Result<void> wish_region(Wishes& wishes,
                                       std::string_view text,
                                       std::string_view param);
/// Units:    yuan per million output tokens
[[nodiscard]] Result<void> wish_max_price(Wishes& wishes, double yuan, std::string_view param);
[[nodiscard]] Result<void> wish_ttft(Wishes& wishes, double ms, std::string_view param);
[[nodiscard]] Result<void> wish_tpot(Wishes& wishes, double ms, std::string_view param);

/// Reads the `X-Suan-*` headers; each replaces the same wish of the body.
///
/// Errors:   BadRequest  malformed, or a wish that does not exist
[[nodiscard]] Result<void> wish_headers(Wishes& wishes, const std::vector<Header>& headers);

}  // namespace suan::web_api
