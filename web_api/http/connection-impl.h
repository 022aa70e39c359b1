#pragma once

// Heavy (Beast): only connection_plain.cpp and connection_tls.cpp include this header.

#include <cassert>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <spdlog/spdlog.h>

#include "web_api/http/beast_head.h"
#include "web_api/http/connection.h"
#include "web_api/http/errors.h"
#include "web_api/http/outgoing.h"
#include "web_api/http/reply.h"

namespace suan::web_api {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

/// One client, plain or TLS: reads a head, lets the service judge it, reads the body, runs the
/// handler, writes the answer, and begins again. Each stage has one deadline (H7).
///
/// While a request is being served one small read stays open, so that a client that leaves is
/// noticed at once; what it reads is the beginning of the next request.
template <class Stream>
class Connection final : public OpenConnection,
                         public ReplySink,
                         public std::enable_shared_from_this<Connection<Stream>> {
 public:
  template <class... Args>
  Connection(HttpThread& thread, std::string address, Args&&... stream)
      : thread_(thread),
        address_(std::move(address)),
        stream_(std::forward<Args>(stream)...),
        read_timer_(*thread.io),
        write_timer_(*thread.io),
        buffer_(thread.service.limits().buffer_bytes),
        post_(
            [io = thread.io](std::function<void()> task) { net::post(*io, std::move(task)); }) {
    thread_.service.metrics().connection_opened();
  }

  void run();

  void drain() override;
  void close() override;

  void send(uint64_t exchange, Answer answer) override;
  void start_stream(uint64_t exchange, Answer head) override;
  void write(uint64_t exchange, std::string bytes) override;
  void finish(uint64_t exchange, bool is_clean) override;
  void cut(uint64_t exchange) override;
  void on_gone(uint64_t exchange, std::function<void()> callback) override;

 private:
  static constexpr bool kIsTls = !std::is_same_v<Stream, net::ip::tcp::socket>;
  static constexpr size_t kWatchBytes = 512;
  static constexpr size_t kWriteBytes = 64U << 10U;
  static constexpr Duration kLinger = 2s;
  static constexpr Duration kLingerWhenDraining = 100ms;

  enum class Stage : uint8_t { Handshake, Idle, Head, Body, Serving, Lingering };

  /// One request from its head to the last byte of its answer.
  struct Exchange {
    uint64_t number = 0;
    const Route* route = nullptr;
    Request request;
    Framing framing;
    std::string allow_origin;
    std::string method;  // kept for the log once the handler has the request
    std::string path;
    std::chrono::steady_clock::time_point began;
    std::shared_ptr<ReplyProgress> progress = std::make_shared<ReplyProgress>();
    std::function<void()> gone;
    int status = 0;
    bool is_chunked = false;
  };

  void next_request();
  void watch();
  void on_watch(const beast::error_code& error, size_t count);
  void read_head();
  void on_head(const beast::error_code& error);
  void take_head();
  void authenticate();
  void read_body();
  void on_body(const beast::error_code& error);
  void dispatch();

  void refuse_broken(const beast::error_code& error);
  void turn_away(Answer answer, bool must_close);
  void queue_answer(const Answer& answer, std::string_view allow_origin, bool is_head);
  void end_exchange();

  [[nodiscard]] bool is_current(uint64_t exchange) const {
    return !is_closed_ && exchange_ && exchange_->number == exchange;
  }

  void queue(std::string_view bytes, uint64_t payload);
  void write_next();
  void on_written(const beast::error_code& error, size_t count);
  void linger();

  void arm(net::steady_timer& timer, Duration delay, void (Connection::*expired)());

  void disarm(net::steady_timer& timer) {
    timer.expires_at(net::steady_timer::time_point::max());
  }

  void on_read_timeout();

  void on_write_timeout() { close(); }

  net::ip::tcp::socket& socket() {
    if constexpr (kIsTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  HttpThread& thread_;
  std::string address_;
  Stream stream_;
  net::steady_timer read_timer_;
  net::steady_timer write_timer_;
  beast::flat_buffer buffer_;
  Reply::Post post_;

  Stage stage_ = Stage::Handshake;
  std::optional<http::request_parser<http::string_body>> parser_;
  ExtensionBudget extensions_;
  std::optional<Exchange> exchange_;
  uint64_t last_exchange_ = 0;
  uint32_t pipelined_ = 0;
  Outgoing outgoing_;
  std::shared_ptr<ReplyProgress> writing_progress_;
  bool is_watching_ = false;
  bool is_writing_ = false;
  bool has_timed_out_ = false;
  bool must_close_ = false;
  bool is_closed_ = false;
};

}  // namespace suan::web_api

#include "web_api/http/connection_read-impl.h"   // IWYU pragma: keep
#include "web_api/http/connection_write-impl.h"  // IWYU pragma: keep
