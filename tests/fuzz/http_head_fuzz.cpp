#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "web_api/http/beast_head.h"
#include "web_api/http/head_rules.h"

// Raw bytes through the library's parser and our own rules, as a connection takes them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan::web_api;
  namespace http = boost::beast::http;
  static const HttpLimits kLimits;
  static const HostNames kHosts = host_names("127.0.0.1", {"suan.example"});

  http::request_parser<http::string_body> parser;
  parser.header_limit(kLimits.header_bytes);
  parser.body_limit(kLimits.body_bytes);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(data, size), error);
  if (error && status_of(error) != 0 && status_of(error) < 400) std::abort();
  if (!parser.is_header_done()) return 0;

  const Head head = head_of(parser.get());
  const auto framing = check_head(head, kHosts, kLimits);
  if (framing && framing->is_chunked && framing->content_length > 0) std::abort();
  const auto target = parse_target(head.target, kLimits);
  if (target) {
    if (target->path.empty() || target->path.front() != '/') std::abort();
    if (target->path.find('\0') != std::string::npos) std::abort();
    if (target->path.find("/../") != std::string::npos) std::abort();
  }
  return 0;
}
