#include "catalog/wire/zmq_loop.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <zmq.h>

#include "catalog/wire/timer_heap.h"

namespace suan {

ZmqContext::ZmqContext(int io_threads) : handle_(nullptr) {
  int major = 0;
  int minor = 0;
  int patch = 0;
  zmq_version(&major, &minor, &patch);
  if (ZMQ_MAKE_VERSION(major, minor, patch) < ZMQ_MAKE_VERSION(4, 3, 4)) {
    throw std::runtime_error(fmt::format(
        "libzmq {}.{}.{} has known security holes; 4.3.4 is needed", major, minor, patch));
  }
  if (zmq_has("curve") != 1) throw std::runtime_error("libzmq was built without CURVE");

  handle_ = zmq_ctx_new();
  if (handle_ == nullptr)
    throw std::system_error(errno, std::generic_category(), "zmq_ctx_new");
  zmq_ctx_set(handle_, ZMQ_IO_THREADS, io_threads);
}

ZmqContext::~ZmqContext() {
  while (zmq_ctx_term(handle_) != 0 && errno == EINTR) {
  }
}

struct ZmqLoop::State {
  struct Watch {
    void* socket;
    std::shared_ptr<const std::function<void()>> readable;  // survives its own `unwatch`
  };

  explicit State(ZmqContext& the_context)
      : context(the_context), wake_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (wake_fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }

  ~State() { ::close(wake_fd); }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void wake() const {
    const uint64_t one = 1;
    // Fails only when the counter is full, and then the loop is awake already.
    [[maybe_unused]] const auto written = ::write(wake_fd, &one, sizeof one);
  }

  void open_posts(bool are_taken) {
    const std::scoped_lock lock(posted_mutex);
    takes_posts = are_taken;
  }

  void run_posted();
  void run_timers(Time now);
  void wait_and_read(Time now);
  std::vector<void*> poll(std::chrono::milliseconds wait);

  ZmqContext& context;
  int wake_fd;
  std::atomic<bool> is_stopping = false;
  std::mutex posted_mutex;
  std::vector<Task> posted;
  bool takes_posts = true;  // under posted_mutex
  TimerHeap timers;
  std::vector<Watch> watches;
  std::atomic<int64_t> busy_us_max = 0;
};

namespace {

/// No poll lasts longer, so that a lost wake-up would cost a moment and never a hang.
constexpr std::chrono::milliseconds kPollMax{1000};

Time steady_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Time(std::chrono::duration_cast<Duration>(since));
}

/// One of the two places that catch: a task that throws must not end the role.
void run_safely(const Loop::Task& task) {
  try {
    task();
  } catch (const std::exception& error) {
    spdlog::error("a task of the loop failed: {}", error.what());
  }
}

std::chrono::milliseconds wait_until(std::optional<Time> next, Time now) {
  if (!next) return kPollMax;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - now);
  return std::clamp(wait, std::chrono::milliseconds(0), kPollMax);
}

void raise_to(std::atomic<int64_t>& maximum, int64_t value) {
  int64_t seen = maximum.load();
  while (seen < value && !maximum.compare_exchange_weak(seen, value)) {
  }
}

}  // namespace

ZmqLoop::ZmqLoop(ZmqContext& context) : state_(std::make_unique<State>(context)) {}

ZmqLoop::~ZmqLoop() = default;

void ZmqLoop::run() {
  state_->open_posts(true);
  while (!state_->is_stopping) {
    const Time turn_start = now();
    state_->run_posted();
    state_->run_timers(turn_start);
    state_->wait_and_read(turn_start);
  }
  state_->is_stopping = false;
  state_->open_posts(false);
}

void ZmqLoop::stop() {
  state_->is_stopping = true;
  state_->wake();
}

Time ZmqLoop::now() const {
  return steady_now();
}

WallTime ZmqLoop::wall_now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

TimerId ZmqLoop::at(Time when, Task task) {
  return state_->timers.add(when, std::move(task));
}

void ZmqLoop::cancel(TimerId timer) {
  state_->timers.cancel(timer);
}

void ZmqLoop::post(Task task) {
  {
    const std::scoped_lock lock(state_->posted_mutex);
    if (!state_->takes_posts) return;
    // No maximum of its own: each caller bounds what it has under way (connections, streams,
    // jobs), and a task that vanished would leave one of those waiting for ever.
    state_->posted.push_back(std::move(task));
  }
  state_->wake();
}

void ZmqLoop::watch(void* zmq_socket, std::function<void()> readable) {
  assert(zmq_socket != nullptr);
  unwatch(zmq_socket);
  state_->watches.push_back(
      {zmq_socket, std::make_shared<const std::function<void()>>(std::move(readable))});
}

void ZmqLoop::unwatch(void* zmq_socket) {
  std::erase_if(state_->watches,
                [&](const State::Watch& watch) { return watch.socket == zmq_socket; });
}

ZmqContext& ZmqLoop::context() const {
  return state_->context;
}

Duration ZmqLoop::take_lag_max() {
  return Duration(state_->busy_us_max.exchange(0));
}

void ZmqLoop::State::run_posted() {
  std::vector<Task> tasks;
  {
    const std::scoped_lock lock(posted_mutex);
    tasks.swap(posted);
  }
  for (const Task& task : tasks)
    run_safely(task);
}

void ZmqLoop::State::run_timers(Time now) {
  timers.run_due(now, run_safely);
}

void ZmqLoop::State::wait_and_read(Time turn_start) {
  const Time before = steady_now();
  const std::vector<void*> readable = poll(wait_until(timers.next(), before));
  const Time after = steady_now();

  for (void* socket : readable) {
    const auto found = std::find_if(watches.begin(), watches.end(),
                                    [&](const Watch& watch) { return watch.socket == socket; });
    if (found == watches.end()) continue;  // an earlier reader closed it
    const auto reader = found->readable;
    run_safely(*reader);
  }
  raise_to(busy_us_max, ((before - turn_start) + (steady_now() - after)).count());
}

/// Waits for input and returns the sockets that have some. zmq_poll asks each socket for its
/// events anew, so the edges of ZeroMQ's own descriptors cannot be missed.
std::vector<void*> ZmqLoop::State::poll(std::chrono::milliseconds wait) {
  std::vector<zmq_pollitem_t> items{{nullptr, wake_fd, ZMQ_POLLIN, 0}};
  for (const Watch& watch : watches)
    items.push_back({watch.socket, 0, ZMQ_POLLIN, 0});

  if (zmq_poll(items.data(), static_cast<int>(items.size()), wait.count()) < 0) {
    if (errno == EINTR) return {};
    if (errno == ETERM) is_stopping = true;
    spdlog::error("zmq_poll: {}", zmq_strerror(errno));
    return {};
  }
  if ((items[0].revents & ZMQ_POLLIN) != 0) {
    uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(wake_fd, &count, sizeof count);
  }
  std::vector<void*> readable;
  for (size_t i = 1; i < items.size(); ++i) {
    if ((items[i].revents & ZMQ_POLLIN) != 0) readable.push_back(items[i].socket);
  }
  return readable;
}

}  // namespace suan
