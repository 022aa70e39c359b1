#pragma once

#include <string>

#include "tests/support/http_world.h"
#include "web_api/console/console.h"
#include "web_api/openai/routes.h"

namespace suan::test {

/// Every route of the product, as `suan server` has them.
inline void add_all_routes(web_api::Router& router, HttpWorld& world) {
  web_api::add_openai_routes(router, world.gateway());
  web_api::add_console_routes(router,
                              {world.gateway(), world.keys(), world.store(), world.metrics()});
}

/// Limits small enough for a test to reach, with deadlines in milliseconds.
inline web_api::HttpOptions small_limits() {
  web_api::HttpOptions options;
  options.limits.body_bytes = 64U << 10U;
  options.limits.header_timeout = 300ms;
  options.limits.body_timeout = 300ms;
  options.limits.idle_timeout = 300ms;
  options.limits.write_timeout = 300ms;
  return options;
}

/// The number of answers in what a connection gave.
inline size_t count_answers(const std::string& bytes) {
  size_t count = 0;
  for (size_t at = bytes.find("HTTP/1.1 "); at != std::string::npos;
       at = bytes.find("HTTP/1.1 ", at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace suan::test
