#include "web_api/console/console.h"

#include <memory>

#include "web_api/console/parts.h"

namespace suan::web_api {

void add_console_routes(Router& router, const ConsoleContext& context) {
  add_service_routes(router, context);
  add_network_routes(router, context);
  add_operator_routes(router, context);
  add_account_routes(router, context);
  add_event_routes(router, context);
  add_page_routes(router);

  // Made once, with itself in it.
  const auto text = std::make_shared<std::string>();
  router.add({"GET", "/openapi.json", Access::AnyKey, "This description",
              [text](const Request&, const std::shared_ptr<Reply>& reply) {
                reply->send({.status = 200, .headers = {}, .body = *text});
              }});
  *text = openapi_json(router.routes());
}

}  // namespace suan::web_api
