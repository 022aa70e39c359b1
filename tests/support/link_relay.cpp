#include "tests/support/link_relay.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <list>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "tests/support/delayed_line.h"

namespace suan {

namespace {

constexpr size_t kHeldMax = 1U << 20U;  // bytes per direction and connection
constexpr size_t kReadMax = 16U << 10U;
constexpr Duration kTurnMax = 1s;

Time steady_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Time(std::chrono::duration_cast<Duration>(since));
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }

  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  Descriptor& operator=(Descriptor&&) = delete;

  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
};

Address resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) {
    throw std::runtime_error(fmt::format("{}:{}: {}", host, port, gai_strerror(failed)));
  }
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

Descriptor open_socket(const Address& address) {
  constexpr int kFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  Descriptor opened(socket(address.storage.ss_family, kFlags, 0));
  if (opened.get() < 0) throw std::system_error(errno, std::generic_category(), "socket");
  return opened;
}

void send_at_once(int fd) {
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

Descriptor listen_at(const std::string& host, uint16_t port) {
  const Address address = resolve(host, port);
  Descriptor listener = open_socket(address);
  const int one = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (bind(listener.get(), address.get(), address.size) != 0 ||
      listen(listener.get(), 64) != 0) {
    throw std::runtime_error(
        fmt::format("cannot listen at {}:{}: {}", host, port, std::strerror(errno)));
  }
  return listener;
}

uint16_t port_of(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  const bool is_v6 = bound.ss_family == AF_INET6;
  return ntohs(is_v6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                     : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

/// One direction of one connection.
struct Way {
  int from;
  int to;
  DelayedLine line;
  bool has_read_end = false;
  bool is_closed = false;  // the end was passed on

  [[nodiscard]] bool may_read() const { return !has_read_end && line.bytes_held() < kHeldMax; }

  [[nodiscard]] bool may_write(Time now) const {
    return !is_closed && line.next_due() && *line.next_due() <= now;
  }

  /// False when the connection is broken.
  bool read_some(Time now, std::atomic<uint64_t>& count) {
    std::array<char, kReadMax> bytes{};
    const ssize_t got = recv(from, bytes.data(), bytes.size(), 0);
    if (got > 0) {
      line.push(now, std::string(bytes.data(), static_cast<size_t>(got)));
      count += static_cast<uint64_t>(got);
      return true;
    }
    if (got == 0) {
      has_read_end = true;
      line.push_end(now);
      return true;
    }
    return errno == EAGAIN || errno == EINTR;
  }

  bool write_some(Time now) {
    while (!line.ready(now).empty()) {
      const std::string_view bytes = line.ready(now);
      const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EINTR;
      line.consume(static_cast<size_t>(sent));
    }
    if (!line.has_ended(now)) return true;
    is_closed = true;
    shutdown(to, SHUT_WR);
    return true;
  }
};

struct Connection {
  Descriptor client;
  Descriptor target;
  Way up;
  Way down;

  [[nodiscard]] bool is_over() const { return up.is_closed && down.is_closed; }
};

}  // namespace

struct LinkRelay::State {
  const LinkRelayConfig config;
  const Address target;
  Descriptor listener;
  Descriptor wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::list<Connection> connections;  // the thread's own
  std::atomic<bool> is_stalled = false;
  std::atomic<bool> refuses = false;
  std::atomic<bool> must_cut = false;
  std::atomic<uint64_t> accepted = 0;
  std::atomic<uint64_t> bytes_up = 0;
  std::atomic<uint64_t> bytes_down = 0;
  std::atomic<uint64_t> flips = 0;
  std::jthread thread;

  explicit State(const LinkRelayConfig& the_config)
      : config(the_config),
        target(resolve(the_config.target_host, the_config.target_port)),
        listener(listen_at(the_config.listen_host, the_config.listen_port)) {}

  void run(const std::stop_token& stop);
  void wait(Time now);
  void accept_all();
  bool serve(Connection& connection, Time now);

  void wake_up() const {
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake.get(), &one, sizeof(one));
  }
};

void LinkRelay::State::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (must_cut.exchange(false)) connections.clear();
    wait(steady_now());
    accept_all();
    const Time now = steady_now();
    for (auto next = connections.begin(); next != connections.end();) {
      const bool goes_on = serve(*next, now);
      next = goes_on ? std::next(next) : connections.erase(next);
    }
  }
}

/// Sleeps until a socket can be served or the next bytes come out of a line.
void LinkRelay::State::wait(Time now) {
  std::vector<pollfd> polled = {{wake.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}};
  Time until = now + kTurnMax;
  const auto add = [&](const Way& reads, const Way& writes, int fd) {
    short events = 0;
    if (reads.may_read()) events |= POLLIN;
    if (!is_stalled && writes.may_write(now)) events |= POLLOUT;
    if (events != 0) polled.push_back({fd, events, 0});
    if (!is_stalled && !writes.is_closed && writes.line.next_due()) {
      // Those that are due wait for their socket instead.
      if (*writes.line.next_due() > now) until = std::min(until, *writes.line.next_due());
    }
  };
  for (const Connection& one : connections) {
    add(one.up, one.down, one.client.get());
    add(one.down, one.up, one.target.get());
  }
  const int64_t us = std::max<int64_t>((until - now).count(), 0);
  const timespec timeout{us / 1'000'000, (us % 1'000'000) * 1'000};
  ppoll(polled.data(), polled.size(), &timeout, nullptr);
  uint64_t drained = 0;
  [[maybe_unused]] const auto got = read(wake.get(), &drained, sizeof(drained));
}

void LinkRelay::State::accept_all() {
  while (true) {
    Descriptor client(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.get() < 0) return;
    if (refuses || connections.size() >= config.connections_max) continue;
    Descriptor server = open_socket(target);
    const bool fails = connect(server.get(), target.get(), target.size) != 0;
    if (fails && errno != EINPROGRESS) continue;
    send_at_once(client.get());
    send_at_once(server.get());
    const uint64_t seed = splitmix64(config.seed + 2 * accepted++);
    const int from = client.get();
    const int to = server.get();
    connections.push_back({std::move(client), std::move(server),
                           Way{from, to, DelayedLine(config.up, seed)},
                           Way{to, from, DelayedLine(config.down, splitmix64(seed))}});
  }
}

/// False when the connection is over.
bool LinkRelay::State::serve(Connection& connection, Time now) {
  const uint64_t flipped_before = connection.up.line.flips() + connection.down.line.flips();
  const auto serve_way = [&](Way& way, std::atomic<uint64_t>& bytes) {
    if (way.may_read() && !way.read_some(now, bytes)) return false;
    return is_stalled || !way.may_write(now) || way.write_some(now);
  };
  const bool is_sound =
      serve_way(connection.up, bytes_up) && serve_way(connection.down, bytes_down);
  flips += connection.up.line.flips() + connection.down.line.flips() - flipped_before;
  return is_sound && !connection.is_over();
}

LinkRelay::LinkRelay(const LinkRelayConfig& config) : state_(std::make_unique<State>(config)) {
  state_->thread =
      std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

LinkRelay::~LinkRelay() {
  state_->thread.request_stop();
  state_->wake_up();
  state_->thread.join();
}

uint16_t LinkRelay::port() const {
  return port_of(state_->listener.get());
}

void LinkRelay::stall(bool is_stalled) {
  state_->is_stalled = is_stalled;
  state_->wake_up();
}

void LinkRelay::cut() {
  state_->must_cut = true;
  state_->wake_up();
}

void LinkRelay::refuse(bool refuses) {
  state_->refuses = refuses;
}

LinkRelay::Counters LinkRelay::counters() const {
  return {state_->accepted, state_->bytes_up, state_->bytes_down, state_->flips};
}

}  // namespace suan
