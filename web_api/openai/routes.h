#pragma once

#include "catalog/types/time.h"
#include "web_api/gateway/gateway.h"
#include "web_api/http/router.h"

namespace suan::web_api {

struct OpenAiConfig {
  Duration request_timeout = 10min;  // from the whole request to its end
};

/// Adds `/v1/...` (`interfaces.md`, section 3). `gateway` outlives the router's use.
void add_openai_routes(Router& router, Gateway& gateway, const OpenAiConfig& config = {});

}  // namespace suan::web_api
