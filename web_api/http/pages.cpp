#include "web_api/http/pages.h"

#include <cassert>

namespace suan::web_api {

void add_page(Router& router, const Page& page) {
  assert(!page.bytes.empty());
  router.add({.method = "GET",
              .pattern = page.path,
              .access = Access::Open,
              .summary = "A file of the web console",
              .handler = [page](const Request&, const std::shared_ptr<Reply>& reply) {
                reply->send(
                    {.status = 200,
                     .content_type = page.content_type,
                     .headers = {{"Content-Security-Policy",
                                  "default-src 'self'; base-uri 'none'; form-action 'none'; "
                                  "frame-ancestors 'none'; object-src 'none'"},
                                 {"X-Frame-Options", "DENY"},
                                 {"Referrer-Policy", "no-referrer"},
                                 {"Cache-Control", "no-cache"}},
                     .body = std::string(page.bytes)});
              }});
}

}  // namespace suan::web_api
