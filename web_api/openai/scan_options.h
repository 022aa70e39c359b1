#pragma once

#include <functional>
#include <string_view>

#include "catalog/types/limits.h"
#include "catalog/types/request.h"
#include "web_api/openai/scan_walk.h"

// Heavy (simdjson): only .cpp files include this header.

namespace suan::web_api {

/// Takes `key` if it is a sampling option; false: it is none, and `value` is untouched.
/// Ranges are checked later, by `check` of limits.h.
[[nodiscard]] Result<bool> scan_sampling(ScanWalk& walk,
                                         RequestKind kind,
                                         std::string_view key,
                                         ScanWalk::Value& value,
                                         SamplingParams& sampling);

using OnGrammar = std::function<Result<void>(ScanWalk::Value& grammar)>;

/// The `suan` object: wishes, and a grammar. Errors: BadRequest, for wishes that do not exist, too.
[[nodiscard]] Result<void> scan_wishes(ScanWalk& walk,
                                       ScanWalk::Value& value,
                                       Wishes& wishes,
                                       const OnGrammar& on_grammar);

}  // namespace suan::web_api
