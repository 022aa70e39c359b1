#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "web_api/http/message.h"

namespace suan::web_api {

/// What is on its way to one client, shared by the thread that writes and those that ask.
struct ReplyProgress {
  std::atomic<uint64_t> unsent_bytes = 0;
  std::atomic<bool> is_gone = false;  // nobody reads any more
};

/// The connection's half of a reply. `exchange` tells requests of one connection apart, so
/// that a late call for a finished one does nothing.
///
/// Implementations: the connections; a recorder in tests.
/// Threads:  the connection's own.
class ReplySink {
 public:
  virtual ~ReplySink() = default;

  virtual void send(uint64_t exchange, Answer answer) = 0;
  virtual void start_stream(uint64_t exchange, Answer head) = 0;
  virtual void write(uint64_t exchange, std::string bytes) = 0;
  /// Ends a stream; `is_clean` false: the connection is closed after what was written.
  virtual void finish(uint64_t exchange, bool is_clean) = 0;
  /// Drops what is unsent and closes.
  virtual void cut(uint64_t exchange) = 0;
  /// `callback` runs once, as soon as the client is gone before its answer was complete.
  virtual void on_gone(uint64_t exchange, std::function<void()> callback) = 0;
};

/// A handler's way to answer one request: `send` once, or `start_stream`, `write`*, `finish`.
///
/// Whoever drops it unanswered has a bug: the client then gets a 500.
/// Threads:  any, one at a time; everything is handed over to the connection's own.
class Reply {
 public:
  using Post = std::function<void(std::function<void()>)>;

  /// `post` runs tasks on the thread of `sink`, for as long as anybody holds it.
  Reply(std::weak_ptr<ReplySink> sink,
        uint64_t exchange,
        Post post,
        std::shared_ptr<ReplyProgress> progress,
        uint64_t unsent_bytes_max);
  ~Reply();
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  void send(Answer answer);

  /// The head of an answer whose body comes piece by piece; its `body` is ignored.
  void start_stream(Answer head);

  /// False: the client is gone, or more than the limit is unsent (H12; it is then cut off).
  bool write(std::string bytes);

  void finish(bool is_clean = true);

  /// `callback` runs on the connection's thread if the client leaves before the answer is
  /// complete; at once if it has left already.
  void on_gone(std::function<void()> callback);

 private:
  using Action = std::function<void(ReplySink& sink, uint64_t exchange)>;
  void post(Action action);

  std::weak_ptr<ReplySink> sink_;
  uint64_t exchange_;
  Post post_;
  std::shared_ptr<ReplyProgress> progress_;
  uint64_t unsent_bytes_max_;
  bool is_started_ = false;
  bool is_ended_ = false;
};

/// One server-sent event with `data`, which must be one line, as JSON texts are.
[[nodiscard]] std::string sse_data(std::string_view data);

/// The same with an event name, as `/api/v1/events` sends.
[[nodiscard]] std::string sse_event(std::string_view name, std::string_view data);

/// The head of every event stream.
[[nodiscard]] Answer sse_head();

}  // namespace suan::web_api
