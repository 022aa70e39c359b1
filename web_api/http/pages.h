#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "web_api/http/router.h"

namespace suan::web_api {

/// A file of the console, embedded in the executable.
struct Page {
  std::string path;  // as requested: `/`, `/app.js`
  std::string content_type;
  std::string_view bytes;  // outlives the server
};

/// Serves `page` without a key, under a policy that runs nothing but our own files (W1, H14).
void add_page(Router& router, const Page& page);

}  // namespace suan::web_api
