#pragma once

// Heavy (Beast): only connection_plain.cpp and connection_tls.cpp include this header.

// The writing half of Connection; included by connection-impl.h alone.

#include <fmt/format.h>

#include "web_api/http/connection-impl.h"

namespace suan::web_api {

/// Answers a request that never reaches a handler.
template <class Stream>
void Connection<Stream>::turn_away(Answer answer, bool must_close) {
  disarm(read_timer_);
  stage_ = Stage::Serving;
  must_close_ = must_close_ || must_close;
  if (exchange_) {
    parser_.reset();
    return send(exchange_->number, std::move(answer));
  }
  const std::string method(parser_->get().method_string());
  const std::string target(parser_->get().target());
  thread_.service.log(nullptr, method, std::string_view(target).substr(0, target.find('?')),
                      address_, answer.status, Duration{});
  parser_.reset();
  queue_answer(answer, "", method == "HEAD");
}

template <class Stream>
void Connection<Stream>::queue_answer(const Answer& answer,
                                      std::string_view allow_origin,
                                      bool is_head) {
  const bool has_no_body = answer.status == 204;
  const std::string framing =
      has_no_body ? "" : "Content-Length: " + std::to_string(answer.body.size());
  const bool is_closing = must_close_ || thread_.is_draining;
  must_close_ = is_closing;
  std::string bytes = format_head(answer, framing, allow_origin, is_closing);
  if (!is_head && !has_no_body) bytes += answer.body;
  queue(bytes, 0);
}

template <class Stream>
void Connection<Stream>::send(uint64_t exchange, Answer answer) {
  if (!is_current(exchange)) return;
  exchange_->status = answer.status;
  writing_progress_ = exchange_->progress;
  const std::string allow_origin = std::move(exchange_->allow_origin);
  const bool is_head = exchange_->method == "HEAD";
  end_exchange();
  queue_answer(answer, allow_origin, is_head);
}

template <class Stream>
void Connection<Stream>::start_stream(uint64_t exchange, Answer head) {
  if (!is_current(exchange)) return;
  exchange_->status = head.status;
  writing_progress_ = exchange_->progress;
  // Without chunks, as for HTTP/1.0, only the end of the connection ends the body.
  exchange_->is_chunked = !exchange_->framing.is_http_1_0;
  if (!exchange_->is_chunked || thread_.is_draining) must_close_ = true;
  queue(format_head(head, exchange_->is_chunked ? "Transfer-Encoding: chunked" : "",
                    exchange_->allow_origin, must_close_),
        0);
}

template <class Stream>
void Connection<Stream>::write(uint64_t exchange, std::string bytes) {
  if (!is_current(exchange) || bytes.empty()) return;
  const uint64_t payload = bytes.size();
  if (exchange_->method == "HEAD") {
    exchange_->progress->unsent_bytes -= payload;
    return;
  }
  if (exchange_->is_chunked) bytes = fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
  queue(bytes, payload);
}

template <class Stream>
void Connection<Stream>::finish(uint64_t exchange, bool is_clean) {
  if (!is_current(exchange)) return;
  const bool has_end = exchange_->is_chunked && exchange_->method != "HEAD";
  must_close_ = must_close_ || !is_clean;
  end_exchange();
  if (has_end) {
    queue("0\r\n\r\n", 0);
  } else if (!is_writing_) {
    next_request();
  }
}

template <class Stream>
void Connection<Stream>::cut(uint64_t exchange) {
  if (!is_current(exchange)) return;
  close();
}

template <class Stream>
void Connection<Stream>::on_gone(uint64_t exchange, std::function<void()> callback) {
  if (is_current(exchange)) {
    exchange_->gone = std::move(callback);
  } else if (exchange == last_exchange_ && is_closed_) {
    callback();
  }
}

template <class Stream>
void Connection<Stream>::end_exchange() {
  const auto took = std::chrono::steady_clock::now() - exchange_->began;
  thread_.service.log(exchange_->route, exchange_->method, exchange_->path, address_,
                      exchange_->status, std::chrono::duration_cast<Duration>(took));
  exchange_.reset();
}

template <class Stream>
void Connection<Stream>::queue(std::string_view bytes, uint64_t payload) {
  outgoing_.add(bytes, payload);
  if (!is_writing_) write_next();
}

template <class Stream>
void Connection<Stream>::write_next() {
  const std::string_view bytes = outgoing_.next(kWriteBytes);
  is_writing_ = !bytes.empty();
  if (bytes.empty()) {
    if (!exchange_) next_request();
    return;
  }
  arm(write_timer_, thread_.service.limits().write_timeout, &Connection::on_write_timeout);
  net::async_write(
      stream_, net::buffer(bytes.data(), bytes.size()),
      [self = this->shared_from_this()](const beast::error_code& error, size_t count) {
        self->on_written(error, count);
      });
}

template <class Stream>
void Connection<Stream>::on_written(const beast::error_code& error, size_t count) {
  if (is_closed_) return;
  if (error) return close();
  disarm(write_timer_);
  const uint64_t payload = outgoing_.sent(count);
  if (writing_progress_) writing_progress_->unsent_bytes -= payload;
  write_next();
}

/// Says that nothing more comes, and reads for a moment what the client was still sending: a
/// reset in its face could destroy the answer.
template <class Stream>
void Connection<Stream>::linger() {
  if (is_closed_ || stage_ == Stage::Lingering) return;
  stage_ = Stage::Lingering;
  beast::error_code ignored;
  socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
  arm(read_timer_, thread_.is_draining ? kLingerWhenDraining : kLinger,
      &Connection::on_read_timeout);
  if (is_watching_) return;
  buffer_.clear();
  watch();
}

template <class Stream>
void Connection<Stream>::drain() {
  must_close_ = true;
  if (!exchange_ && !is_writing_) close();
}

template <class Stream>
void Connection<Stream>::close() {
  if (is_closed_) return;
  is_closed_ = true;
  const auto self = this->shared_from_this();  // the set's may be the last but this one
  thread_.open.erase(self);
  thread_.counts.give_back(address_);
  thread_.service.metrics().connection_closed();
  beast::error_code ignored;
  socket().close(ignored);
  read_timer_.cancel();
  write_timer_.cancel();
  if (!exchange_) return;
  exchange_->progress->is_gone = true;
  exchange_->status = 499;
  const auto gone = std::move(exchange_->gone);
  end_exchange();
  if (gone) gone();
}

template <class Stream>
void Connection<Stream>::arm(net::steady_timer& timer,
                             Duration delay,
                             void (Connection::*expired)()) {
  timer.expires_after(delay);
  timer.async_wait(
      [self = this->shared_from_this(), &timer, expired](const beast::error_code& error) {
        // A timer that was set anew while its handler was on the way has not expired.
        if (error || timer.expiry() > net::steady_timer::clock_type::now()) return;
        ((*self).*expired)();
      });
}

}  // namespace suan::web_api
