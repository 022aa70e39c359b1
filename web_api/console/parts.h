#pragma once

#include "web_api/console/console.h"

namespace suan::web_api {

// The parts of `add_console_routes`, one file each.

void add_service_routes(Router& router, const ConsoleContext& context);
void add_network_routes(Router& router, const ConsoleContext& context);
void add_operator_routes(Router& router, const ConsoleContext& context);
void add_account_routes(Router& router, const ConsoleContext& context);
void add_event_routes(Router& router, const ConsoleContext& context);
void add_page_routes(Router& router);

/// The OpenAPI 3.1 description of a route table, JSON.
[[nodiscard]] std::string openapi_json(const std::vector<Route>& routes);

}  // namespace suan::web_api
