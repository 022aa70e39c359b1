#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "web_api/http/connection.h"

// Heavy (Asio): only listener.cpp and server.cpp include this header.

namespace suan::web_api {

/// Reads `host:port`; names are resolved. Throws std::runtime_error for anything else.
[[nodiscard]] boost::asio::ip::tcp::endpoint parse_listen(const std::string& listen);

/// Fails unless nobody at all listens on `endpoint`. SO_REUSEPORT alone would let a second server of the
/// same user share the port in silence. Throws std::runtime_error with one clear sentence.
void check_is_free(const boost::asio::ip::tcp::endpoint& endpoint);

/// One HTTP thread with its own accepting socket (SO_REUSEPORT: the kernel spreads the load).
///
/// Threads:  `start`, `stop` and the destructor on the owner's thread.
class Listener {
 public:
  /// Binds. Throws std::runtime_error when the address cannot be bound.
  /// `service`, `counts` and `tls` (null: plain) outlive the listener.
  Listener(const boost::asio::ip::tcp::endpoint& endpoint,
           Service& service,
           ConnectionCounts& counts,
           boost::asio::ssl::context* tls);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;

  void start();
  /// Stops accepting and lets connections end; `stop` waits for them until `until`.
  void begin_drain(std::chrono::steady_clock::time_point until);
  void join();

 private:
  void accept();
  void on_accept(boost::asio::ip::tcp::socket socket);
  void end_when_drained(std::chrono::steady_clock::time_point until);

  HttpThread home_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  boost::asio::ssl::context* tls_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::thread thread_;
};

}  // namespace suan::web_api
