#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "catalog/wire/loop.h"

namespace suan {

/// The process's ZeroMQ context. Outlives every loop and channel made from it.
class ZmqContext {
 public:
  /// Throws when libzmq is older than 4.3.4 or has no CURVE.
  explicit ZmqContext(int io_threads = 2);
  ~ZmqContext();
  ZmqContext(const ZmqContext&) = delete;
  ZmqContext& operator=(const ZmqContext&) = delete;

  [[nodiscard]] void* handle() const { return handle_; }

 private:
  void* handle_;
};

/// `Loop` over `zmq_poll`: the role's sockets, a heap of timers, an eventfd for `post`.
///
/// Threads:  construct anywhere; `run` on the role's thread; `post` and `stop` from any.
class ZmqLoop final : public Loop {
 public:
  explicit ZmqLoop(ZmqContext& context);
  ~ZmqLoop() override;

  /// Runs until `stop`; may run again then. An exception that leaves a task is logged; the loop
  /// goes on.
  void run();
  void stop();

  [[nodiscard]] Time now() const override;
  [[nodiscard]] WallTime wall_now() const override;
  TimerId at(Time when, Task task) override;
  void cancel(TimerId timer) override;
  void post(Task task) override;

  /// Calls `readable` whenever the ZeroMQ socket may have input. It may leave some for the next
  /// turn, so that timers are not starved, and may unwatch or close any socket.
  void watch(void* zmq_socket, std::function<void()> readable);
  void unwatch(void* zmq_socket);

  [[nodiscard]] ZmqContext& context() const;

  /// The longest time that one turn worked since the last call: the loop's lag, for watchdogs.
  /// Threads:  any.
  [[nodiscard]] Duration take_lag_max();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan
