#pragma once

// Heavy (Beast): only connection_plain.cpp and connection_tls.cpp include this header.

// The reading half of Connection; included by connection-impl.h alone.

#include "web_api/http/connection-impl.h"

namespace suan::web_api {

template <class Stream>
void Connection<Stream>::run() {
  thread_.open.insert(this->shared_from_this());
  if constexpr (kIsTls) {
    arm(read_timer_, thread_.service.limits().header_timeout, &Connection::on_read_timeout);
    stream_.async_handshake(net::ssl::stream_base::server,
                            [self = this->shared_from_this()](const beast::error_code& error) {
                              if (self->is_closed_) return;
                              if (error) return self->close();
                              self->next_request();
                            });
  } else {
    next_request();
  }
}

template <class Stream>
void Connection<Stream>::next_request() {
  if (must_close_ || thread_.is_draining) return linger();
  if (buffer_.size() > 0) {
    assert(!is_watching_);
    ++pipelined_;
    return read_head();
  }
  stage_ = Stage::Idle;
  arm(read_timer_, thread_.service.limits().idle_timeout, &Connection::on_read_timeout);
  if (!is_watching_) {
    buffer_.shrink_to_fit();  // ten thousand idle connections should cost little (H10)
    watch();
  }
}

template <class Stream>
void Connection<Stream>::watch() {
  is_watching_ = true;
  stream_.async_read_some(
      buffer_.prepare(kWatchBytes),
      [self = this->shared_from_this()](const beast::error_code& error, size_t count) {
        self->on_watch(error, count);
      });
}

template <class Stream>
void Connection<Stream>::on_watch(const beast::error_code& error, size_t count) {
  is_watching_ = false;
  if (is_closed_) return;
  if (error) {
    // One that sent its last request and waits for the rest of the answer may have it.
    must_close_ = true;
    if (exchange_ || !is_writing_) close();
    return;
  }
  buffer_.commit(count);
  if (stage_ == Stage::Lingering) {
    buffer_.clear();
    return watch();
  }
  // Ahead of its turn. The rest stays in the socket, so that the sender has to wait.
  if (exchange_ || is_writing_) return;
  pipelined_ = 0;
  read_head();
}

template <class Stream>
void Connection<Stream>::read_head() {
  const HttpLimits& limits = thread_.service.limits();
  stage_ = Stage::Head;
  has_timed_out_ = false;
  parser_.emplace();
  parser_->header_limit(limits.header_bytes);
  parser_->body_limit(limits.body_bytes);
  parser_->on_chunk_header(extensions_.hook(limits.chunk_extension_bytes));
  arm(read_timer_, limits.header_timeout, &Connection::on_read_timeout);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = this->shared_from_this()](const beast::error_code& error,
                                                            size_t) { self->on_head(error); });
}

template <class Stream>
void Connection<Stream>::on_head(const beast::error_code& error) {
  if (is_closed_) return;
  if (error) return refuse_broken(error);
  take_head();
}

template <class Stream>
void Connection<Stream>::take_head() {
  auto admitted = thread_.service.admit(head_of(parser_->get()), address_);
  if (!admitted) {
    return turn_away(std::move(admitted.error().answer), admitted.error().must_close);
  }
  Exchange exchange;
  exchange.number = ++last_exchange_;
  exchange.route = admitted->route;
  exchange.request = std::move(admitted->request);
  exchange.framing = admitted->framing;
  exchange.allow_origin = std::move(admitted->allow_origin);
  exchange.method = exchange.request.method;
  exchange.path = exchange.request.path;
  exchange.began = std::chrono::steady_clock::now();
  exchange_ = std::move(exchange);

  const bool is_crowded = pipelined_ + 1 >= thread_.service.limits().pipelined ||
                          thread_.service.memory().pressure() != Pressure::None;
  if (is_crowded || !exchange_->framing.wants_keep_alive) must_close_ = true;
  if (exchange_->route->access == Access::Open) return read_body();
  authenticate();
}

template <class Stream>
void Connection<Stream>::authenticate() {
  disarm(read_timer_);
  stage_ = Stage::Serving;
  thread_.service.authenticator().authenticate(
      exchange_->request.headers, address_, post_,
      [self = this->shared_from_this(),
       number = exchange_->number](tl::expected<Identity, Denial> identity) {
        if (!self->is_current(number)) return;
        if (!identity) {
          const Denial& denial = identity.error();
          return self->turn_away(error_answer(denial.error, denial.retry_after),
                                 self->exchange_->framing.has_body());
        }
        if (const auto allowed = require(self->exchange_->route->access, identity->rights);
            !allowed) {
          return self->turn_away(error_answer(allowed.error()),
                                 self->exchange_->framing.has_body());
        }
        self->exchange_->request.identity = std::move(*identity);
        self->read_body();
      });
}

template <class Stream>
void Connection<Stream>::read_body() {
  const Framing& framing = exchange_->framing;
  const std::string& method = exchange_->method;
  if (framing.has_body() && (method == "GET" || method == "HEAD")) {
    must_close_ = true;  // H9: what follows the head is not looked at
    return dispatch();
  }
  if (!framing.has_body()) return dispatch();
  if (framing.expects_continue && buffer_.size() == 0)
    queue("HTTP/1.1 100 Continue\r\n\r\n", 0);
  stage_ = Stage::Body;
  has_timed_out_ = false;
  arm(read_timer_, thread_.service.limits().body_timeout, &Connection::on_read_timeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = this->shared_from_this()](const beast::error_code& error, size_t) {
                     self->on_body(error);
                   });
}

template <class Stream>
void Connection<Stream>::on_body(const beast::error_code& error) {
  if (is_closed_) return;
  if (error) return refuse_broken(error);
  exchange_->request.body = std::move(parser_->get().body());
  dispatch();
}

template <class Stream>
void Connection<Stream>::dispatch() {
  disarm(read_timer_);
  stage_ = Stage::Serving;
  parser_.reset();
  if (buffer_.size() == 0) watch();

  const Route& route = *exchange_->route;
  auto reply =
      std::make_shared<Reply>(this->weak_from_this(), exchange_->number, post_,
                              exchange_->progress, thread_.service.limits().unsent_bytes);
  try {
    route.handler(std::move(exchange_->request), std::move(reply));
  } catch (const std::exception& error) {
    // The reply went with the handler's frame, and answered 500 as it did.
    spdlog::error("http handler of {} {} failed: {}", route.method, route.pattern,
                  error.what());
  }
}

/// What the library refused to parse, what came too late, or a client that is gone.
template <class Stream>
void Connection<Stream>::refuse_broken(const beast::error_code& error) {
  if (has_timed_out_) {
    return turn_away(status_answer(408, "the request came too slowly"), true);
  }
  int status = status_of(error);
  if (status == 0) return close();
  if (status == 431 && stage_ == Stage::Body) status = 400;  // a chunk extension, or trailers
  const std::string_view message = status == 431   ? "the request's head is over the limit"
                                   : status == 413 ? "the body is larger than the limit"
                                                   : "this is no valid HTTP request";
  turn_away(status_answer(status, message), true);
}

template <class Stream>
void Connection<Stream>::on_read_timeout() {
  if (is_closed_) return;
  if (stage_ != Stage::Head && stage_ != Stage::Body) return close();
  has_timed_out_ = true;
  beast::error_code ignored;
  socket().cancel(ignored);
}

}  // namespace suan::web_api
