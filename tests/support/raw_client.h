#pragma once

#include <chrono>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace suan::test {

/// A TCP client of loopback that sends exactly the bytes it is told to.
class RawClient {
 public:
  /// `receive_bytes`: of the socket's buffer; 0: the system's choice.
  explicit RawClient(uint16_t port, int receive_bytes = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_bytes > 0) {
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      close(socket_);
      throw std::runtime_error("cannot connect to the server under test");
    }
  }

  ~RawClient() { leave(); }

  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), pending_(std::move(other.pending_)) {}

  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient& operator=(RawClient&&) = delete;

  /// False: the server closed in the middle.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  /// Reads until `end` was seen (and returns everything up to and with it), until the server
  /// closes, or until `limit` has passed.
  std::string read_until(std::string_view end,
                         std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    size_t found = pending_.find(end);
    while (found == std::string::npos && read_some(deadline))
      found = pending_.find(end);
    const size_t count = found == std::string::npos ? pending_.size() : found + end.size();
    std::string taken = pending_.substr(0, count);
    pending_.erase(0, count);
    return taken;
  }

  /// One answer with a Content-Length, or with none.
  std::string read_answer() {
    std::string answer = read_until("\r\n\r\n");
    const size_t at = answer.find("Content-Length: ");
    if (at == std::string::npos) return answer;
    const size_t length = std::strtoull(answer.c_str() + at + 16, nullptr, 10);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (pending_.size() < length && read_some(deadline)) {
    }
    answer += pending_.substr(0, length);
    pending_.erase(0, length);
    return answer;
  }

  /// Everything until the server closes; `was_closed` tells whether it did within `limit`.
  std::string read_all(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (read_some(deadline)) {
    }
    return std::exchange(pending_, {});
  }

  [[nodiscard]] bool was_closed() const { return was_closed_; }

  /// Closes; with a reset when `is_rude`.
  void leave(bool is_rude = false) {
    if (socket_ < 0) return;
    if (is_rude) {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    }
    close(std::exchange(socket_, -1));
  }

 private:
  bool read_some(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) return false;
    char bytes[16384];
    const ssize_t count = recv(socket_, bytes, sizeof(bytes), 0);
    was_closed_ = was_closed_ || count <= 0;
    if (count <= 0) return false;
    pending_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  int socket_ = -1;
  std::string pending_;
  bool was_closed_ = false;
};

/// The status of an answer; 0 for anything else.
inline int status_of(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ")) return 0;
  return std::atoi(std::string(answer.substr(9, 3)).c_str());
}

inline std::string body_of(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : answer.substr(end + 4);
}

}  // namespace suan::test
