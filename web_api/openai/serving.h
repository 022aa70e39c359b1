#pragma once

#include <memory>

#include "catalog/types/request.h"
#include "web_api/gateway/gateway.h"
#include "web_api/http/reply.h"
#include "web_api/openai/routes.h"

namespace suan::web_api {

/// Serves one request at a replica: scans the body, checks it against the model, hands it to
/// the gateway, and cancels it there when the client leaves.
///
/// Threads:  the connection's.
void serve(Gateway& gateway,
           const OpenAiConfig& config,
           RequestKind kind,
           Request request,
           const std::shared_ptr<Reply>& reply);

/// The model service of that name.
///
/// Errors:   UnknownModel; Unavailable  nothing at all is served now
[[nodiscard]] Result<ModelService> find_model(const Gateway& gateway, const ModelId& model);

}  // namespace suan::web_api
