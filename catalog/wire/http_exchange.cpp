#include "catalog/wire/http_exchange.h"

#include <array>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace suan {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorValue = boost::system::error_code;

constexpr uint32_t kHeaderBytesMax = 64U << 10U;
constexpr size_t kBufferBytesMax = 64U << 10U;
constexpr size_t kChunkBytes = 16U << 10U;

http::request<http::string_body> message_of(const HttpRequest& request) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.url.path);
  const bool is_v6 = request.url.host.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + request.url.host + "]" : request.url.host;
  message.set(http::field::host, host + ":" + request.url.port);
  for (const auto& [name, value] : request.headers)
    message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

class Exchange final : public HttpExchange, public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(asio::io_context& io,
           asio::ssl::context* tls,
           HttpRequest request,
           HttpClient::OnChunk on_chunk,
           Finish finish)
      : io_(io),
        tls_(tls),
        request_(std::move(request)),
        message_(message_of(request_)),
        on_chunk_(std::move(on_chunk)),
        finish_(std::move(finish)),
        resolver_(io),
        timer_(io),
        buffer_(kBufferBytesMax) {
    parser_.header_limit(kHeaderBytesMax);
    parser_.body_limit(request_.answer_bytes_max);
    parser_.skip(request_.method == "HEAD");
  }

  void start_clock() {
    timer_.expires_after(request_.timeout);
    timer_.async_wait([self = shared_from_this()](ErrorValue error) {
      if (error) return;
      self->abort({ErrorCode::TimedOut, "no complete answer in time", {}});
    });
  }

  bool begin(std::optional<HttpConnection> idle) override {
    if (finish_ == nullptr) return false;
    if (idle) {
      connection_ = std::move(*idle);
      write();
    } else {
      resolve();
    }
    return true;
  }

  void abort(Error error) override { end(tl::unexpected<Error>(std::move(error)), false); }

 private:
  void resolve() {
    resolver_.async_resolve(request_.url.host, request_.url.port,
                            [self = shared_from_this()](
                                ErrorValue error, const tcp::resolver::results_type& found) {
                              if (self->is_over(error, "find")) return;
                              self->connect(found);
                            });
  }

  void connect(const tcp::resolver::results_type& addresses) {
    if (request_.url.is_tls) {
      connection_.tls = std::make_unique<TlsStream>(io_, *tls_);
    } else {
      connection_.plain = std::make_unique<PlainStream>(io_);
    }
    asio::async_connect(connection_.socket(), addresses,
                        [self = shared_from_this()](ErrorValue error, const tcp::endpoint&) {
                          if (self->is_over(error, "connect to")) return;
                          // Requests are small and complete: nothing to gain from waiting.
                          self->connection_.socket().set_option(tcp::no_delay(true), error);
                          self->request_.url.is_tls ? self->shake_hands() : self->write();
                        });
  }

  void shake_hands() {
    TlsStream& stream = *connection_.tls;
    const std::string& host = request_.url.host;
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
    stream.async_handshake(asio::ssl::stream_base::client,
                           [self = shared_from_this()](ErrorValue error) {
                             if (self->is_over(error, "trust")) return;
                             self->write();
                           });
  }

  void write() {
    with_stream([&](auto& stream) {
      http::async_write(stream, message_,
                        [self = shared_from_this()](ErrorValue error, size_t) {
                          if (self->is_over(error, "write to")) return;
                          self->read_header();
                        });
    });
  }

  void read_header() {
    with_stream([&](auto& stream) {
      http::async_read_header(stream, buffer_, parser_,
                              [self = shared_from_this()](ErrorValue error, size_t) {
                                if (self->is_over(error, "read from")) return;
                                self->take_header();
                                self->read_body();
                              });
    });
  }

  void take_header() {
    answer_.status = static_cast<int>(parser_.get().result_int());
    for (const auto& field : parser_.get()) {
      const auto name = field.name_string();
      const auto value = field.value();
      answer_.headers.emplace_back(lower_case({name.data(), name.size()}),
                                   std::string(value.data(), value.size()));
    }
  }

  /// Reads what is there, not until the buffer is full: tokens are passed on as they arrive.
  void read_body() {
    if (parser_.is_done()) return end(std::move(answer_), parser_.keep_alive());
    parser_.get().body().data = chunk_.data();
    parser_.get().body().size = chunk_.size();
    with_stream([&](auto& stream) {
      http::async_read_some(stream, buffer_, parser_,
                            [self = shared_from_this()](ErrorValue error, size_t) {
                              if (error == http::error::need_buffer) error = {};
                              if (self->is_over(error, "read from")) return;
                              self->take_chunk();
                              self->read_body();
                            });
    });
  }

  void take_chunk() {
    const size_t size = chunk_.size() - parser_.get().body().size;
    if (size > 0) on_chunk_({chunk_.data(), size});
  }

  template <class Use>
  void with_stream(Use use) {
    connection_.tls ? use(*connection_.tls) : use(*connection_.plain);
  }

  /// True when there is nothing more to do: it ended before, or ends now with `error`.
  bool is_over(ErrorValue error, const char* verb) {
    if (finish_ == nullptr) return true;
    if (!error) return false;
    if (error == http::error::body_limit) {
      abort({ErrorCode::TooLarge,
             fmt::format("the answer exceeds {} bytes", request_.answer_bytes_max),
             {}});
      return true;
    }
    const bool is_broken = error.category() == http::make_error_code({}).category();
    abort({is_broken || answer_.status != 0 ? ErrorCode::Internal : ErrorCode::Unavailable,
           fmt::format("cannot {} {}:{}: {}", verb, request_.url.host, request_.url.port,
                       error.message()),
           {}});
    return true;
  }

  void end(Result<HttpAnswer> answer, bool is_reusable) {
    if (finish_ == nullptr) return;
    const Finish finish = std::exchange(finish_, nullptr);
    const auto self = shared_from_this();
    timer_.cancel();
    resolver_.cancel();
    std::optional<HttpConnection> idle;
    const bool is_open = connection_.plain || connection_.tls;
    if (is_open && is_reusable && buffer_.size() == 0) {
      idle = std::move(connection_);
    } else if (is_open) {
      ErrorValue ignored;
      connection_.socket().close(ignored);
    }
    finish(std::move(answer), std::move(idle));
  }

  asio::io_context& io_;
  asio::ssl::context* tls_;
  HttpRequest request_;
  http::request<http::string_body> message_;
  HttpClient::OnChunk on_chunk_;
  Finish finish_;  // null once called
  tcp::resolver resolver_;
  asio::steady_timer timer_;
  HttpConnection connection_;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
  std::array<char, kChunkBytes> chunk_{};
  HttpAnswer answer_;
};

}  // namespace

std::shared_ptr<HttpExchange> make_exchange(asio::io_context& io,
                                            asio::ssl::context* tls,
                                            HttpRequest request,
                                            HttpClient::OnChunk on_chunk,
                                            HttpExchange::Finish finish) {
  auto exchange = std::make_shared<Exchange>(io, tls, std::move(request), std::move(on_chunk),
                                             std::move(finish));
  exchange->start_clock();
  return exchange;
}

}  // namespace suan
