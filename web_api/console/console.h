#pragma once

#include "catalog/store/store.h"
#include "web_api/accounts/keys.h"
#include "web_api/gateway/gateway.h"
#include "web_api/http/metrics.h"
#include "web_api/http/router.h"

namespace suan::web_api {

/// What the network's own API works with; all of it outlives the server.
struct ConsoleContext {
  Gateway& gateway;
  KeyStore& keys;
  Store& store;
  Metrics& metrics;
};

/// Adds /health, /ready, /metrics, /openapi.json, `/api/v1/...` (`interfaces.md`, section 4) and
/// the web console at `/`. Call it last: openapi.json tells of what `router` has by then.
void add_console_routes(Router& router, const ConsoleContext& context);

}  // namespace suan::web_api
