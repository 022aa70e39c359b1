#include "suan_console_pages.h"
#include "web_api/console/parts.h"
#include "web_api/http/pages.h"

namespace suan::web_api {

void add_page_routes(Router& router) {
  const auto file = [](const char* name) { return suan_console_pages::embedded(name); };
  add_page(router, {"/", "text/html; charset=utf-8", file("index.html")});
  add_page(router, {"/style.css", "text/css; charset=utf-8", file("style.css")});
  for (const char* script :
       {"app.js", "api.js", "chat.js", "network.js", "decision.js", "dom.js"}) {
    add_page(router,
             {std::string("/") + script, "text/javascript; charset=utf-8", file(script)});
  }
  add_page(router, {"/icon.svg", "image/svg+xml", file("icon.svg")});
}

}  // namespace suan::web_api
