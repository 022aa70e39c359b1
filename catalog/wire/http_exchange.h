#pragma once

// Heavy (Asio): only .cpp files include this header.

#include <functional>
#include <memory>
#include <optional>
#include <utility>  // before any Asio header: Boost 1.74 needs it with g++ 12

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "catalog/wire/http_client.h"

// Only .cpp files of this folder include this header.

namespace suan {

using PlainStream = boost::asio::ip::tcp::socket;
using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

/// A connection, plain or TLS; one of the two is set.
struct HttpConnection {
  std::unique_ptr<PlainStream> plain;
  std::unique_ptr<TlsStream> tls;

  [[nodiscard]] PlainStream& socket() const { return tls ? tls->next_layer() : *plain; }
};

/// One request and its answer on one connection. It keeps itself alive until it has ended.
///
/// Threads:  the client's.
class HttpExchange {
 public:
  /// `idle` is set when the connection can be used again.
  using Finish =
      std::function<void(Result<HttpAnswer> answer, std::optional<HttpConnection> idle)>;

  virtual ~HttpExchange() = default;

  /// Begins, on `idle` or on a new connection. False when it has ended already, by its deadline.
  virtual bool begin(std::optional<HttpConnection> idle) = 0;

  /// Ends now: `finish` is called with `error` before this returns, unless it was already.
  virtual void abort(Error error) = 0;
};

/// An exchange whose deadline counts from now on; calls `finish` exactly once.
///
/// Requires: `tls` outlives it; null only for a plain address.
[[nodiscard]] std::shared_ptr<HttpExchange> make_exchange(boost::asio::io_context& io,
                                                          boost::asio::ssl::context* tls,
                                                          HttpRequest request,
                                                          HttpClient::OnChunk on_chunk,
                                                          HttpExchange::Finish finish);

}  // namespace suan
