#pragma once

#include <string_view>

#include "catalog/types/result.h"

namespace suan {

/// Walks a frame's protobuf bytes before anything is built from them, along the messages that
/// can hold many fields: at most 10,000 fields, 16 levels, and 64 KiB in one field (more for
/// body parts and JSON texts).
///
/// Protobuf itself has no such limits: 1 MiB of empty sub-messages becomes 100 MiB of objects.
///
/// Errors:   BadRequest  names the limit, or the byte where the frame is malformed
[[nodiscard]] Result<void> check_frame(std::string_view frame);

}  // namespace suan
