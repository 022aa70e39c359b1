#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "web_api/http/connection_counts.h"
#include "web_api/http/service.h"

// Heavy (Asio): only listener.cpp and the connections include this header.

namespace suan::web_api {

/// An open connection, as its thread's listener sees it.
class OpenConnection {
 public:
  virtual ~OpenConnection() = default;

  /// Closes when idle, else after the answer in progress.
  virtual void drain() = 0;
  virtual void close() = 0;
};

/// One HTTP thread's world. A connection lives here from accept to close.
///
/// Threads:  its own; `io` may be posted to from any, and is shared so that a reply may outlive
///           the server.
struct HttpThread {
  HttpThread(Service& service_in, ConnectionCounts& counts_in)
      : service(service_in), counts(counts_in) {}

  std::shared_ptr<boost::asio::io_context> io = std::make_shared<boost::asio::io_context>(1);
  Service& service;
  ConnectionCounts& counts;
  std::unordered_set<std::shared_ptr<OpenConnection>> open;  // owned until they close
  bool is_draining = false;
};

/// Serves one accepted socket. `counts` has been taken for `address`; the connection gives it
/// back. `thread` outlives the connection.
void start_plain(boost::asio::ip::tcp::socket socket, HttpThread& thread, std::string address);
void start_tls(boost::asio::ip::tcp::socket socket,
               HttpThread& thread,
               std::string address,
               boost::asio::ssl::context& tls);

}  // namespace suan::web_api
