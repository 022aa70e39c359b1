#pragma once

#include <cstdint>
#include <string>

#include "catalog/types/limits.h"
#include "catalog/types/request.h"
#include "catalog/types/result.h"
#include "web_api/gateway/gateway.h"

namespace suan::web_api {

/// What the HTTP side takes from a body. The prompt stays where it is: in the body's own bytes.
struct ScannedRequest {
  RequestFacts facts;  // without request id, account, service class and deadline
  SamplingParams sampling;
  bool is_streamed = false;
  bool includes_usage = false;  // stream_options.include_usage
};

/// Reads a body of OpenAI's shape in place, without building a tree: limits J1, types, wishes,
/// sizes, and the hashes of the prompt's beginning. Unknown fields are ignored (J5).
///
/// `body` may get a larger capacity, but keeps its bytes.
/// Errors:   BadRequest  with `param` where one field is to blame
[[nodiscard]] Result<ScannedRequest> scan_request(RequestKind kind, std::string& body);

/// What only the served model can tell: ranges (J4), and features that it lacks.
///
/// Errors:   BadRequest  with `param`
[[nodiscard]] Result<void> check_request(const ScannedRequest& request,
                                         const ModelService& model);

}  // namespace suan::web_api
