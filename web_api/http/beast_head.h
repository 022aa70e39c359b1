#pragma once

#include <cstdint>
#include <functional>

#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include "web_api/http/head_rules.h"

// Heavy (Beast): only the connections include this header.

namespace suan::web_api {

/// What the library parsed, in our own words.
template <class Body>
[[nodiscard]] Head head_of(const boost::beast::http::request<Body>& message) {
  Head head{.method = std::string(message.method_string()),
            .target = std::string(message.target()),
            .is_http_1_0 = message.version() < 11,
            .fields = {}};
  for (const auto& field : message) {
    Header header{std::string(field.name_string()), std::string(field.value())};
    for (char& c : header.name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    head.fields.push_back(std::move(header));
  }
  return head;
}

/// The answer to bytes that the library refused; 0: no HTTP error, the connection is broken.
[[nodiscard]] inline int status_of(const boost::beast::error_code& error) {
  namespace http = boost::beast::http;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  const bool is_http = error.category() == make_error_code(http::error::bad_method).category();
  return is_http ? 400 : 0;
}

/// Chunk extensions of one body, which the library would take without end (H2).
class ExtensionBudget {
 public:
  using OnChunk =
      std::function<void(uint64_t, boost::beast::string_view, boost::beast::error_code&)>;

  /// The hook for a parser, which keeps a reference to it. Begins a new body.
  [[nodiscard]] OnChunk& hook(uint32_t limit_bytes) {
    left_bytes_ = limit_bytes;
    hook_ = [this](uint64_t, boost::beast::string_view extensions,
                   boost::beast::error_code& error) {
      if (extensions.size() > left_bytes_) {
        error = boost::beast::http::error::bad_chunk_extension;
        return;
      }
      left_bytes_ -= static_cast<uint32_t>(extensions.size());
    };
    return hook_;
  }

 private:
  uint32_t left_bytes_ = 0;
  OnChunk hook_;
};

}  // namespace suan::web_api
