#include "web_api/http/reply.h"

#include <cassert>
#include <utility>

#include "web_api/http/errors.h"

namespace suan::web_api {

Reply::Reply(std::weak_ptr<ReplySink> sink,
             uint64_t exchange,
             Post post,
             std::shared_ptr<ReplyProgress> progress,
             uint64_t unsent_bytes_max)
    : sink_(std::move(sink)),
      exchange_(exchange),
      post_(std::move(post)),
      progress_(std::move(progress)),
      unsent_bytes_max_(unsent_bytes_max) {}

Reply::~Reply() {
  if (is_ended_) return;
  if (is_started_) {
    finish(false);
  } else {
    send(error_answer(Error{ErrorCode::Internal, "a handler ended without an answer"}));
  }
}

void Reply::send(Answer answer) {
  assert(!is_started_);
  assert(!is_ended_);
  is_ended_ = true;
  post([answer = std::move(answer)](ReplySink& sink, uint64_t exchange) mutable {
    sink.send(exchange, std::move(answer));
  });
}

void Reply::start_stream(Answer head) {
  assert(!is_started_);
  assert(!is_ended_);
  is_started_ = true;
  post([head = std::move(head)](ReplySink& sink, uint64_t exchange) mutable {
    sink.start_stream(exchange, std::move(head));
  });
}

bool Reply::write(std::string bytes) {
  assert(is_started_);
  if (progress_->is_gone.load(std::memory_order_relaxed)) return false;
  assert(!is_ended_);
  const uint64_t unsent = progress_->unsent_bytes.fetch_add(bytes.size()) + bytes.size();
  if (unsent > unsent_bytes_max_) {
    progress_->is_gone = true;
    is_ended_ = true;
    post([](ReplySink& sink, uint64_t exchange) { sink.cut(exchange); });
    return false;
  }
  post([bytes = std::move(bytes)](ReplySink& sink, uint64_t exchange) mutable {
    sink.write(exchange, std::move(bytes));
  });
  return true;
}

void Reply::finish(bool is_clean) {
  if (is_ended_) return;  // cut off already
  assert(is_started_);
  is_ended_ = true;
  post([is_clean](ReplySink& sink, uint64_t exchange) { sink.finish(exchange, is_clean); });
}

void Reply::on_gone(std::function<void()> callback) {
  post_([sink = sink_, exchange = exchange_, callback = std::move(callback)] {
    if (const auto open = sink.lock()) {
      open->on_gone(exchange, callback);
    } else {
      callback();
    }
  });
}

void Reply::post(Action action) {
  post_([sink = sink_, exchange = exchange_, action = std::move(action)] {
    if (const auto open = sink.lock()) action(*open, exchange);
  });
}

std::string sse_data(std::string_view data) {
  std::string event = "data: ";
  event.append(data).append("\n\n");
  return event;
}

std::string sse_event(std::string_view name, std::string_view data) {
  std::string event = "event: ";
  event.append(name).append("\ndata: ").append(data).append("\n\n");
  return event;
}

Answer sse_head() {
  return {.status = 200,
          .content_type = "text/event-stream; charset=utf-8",
          .headers = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}},
          .body = {}};
}

}  // namespace suan::web_api
