#include "catalog/wire/zmq_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

namespace suan {

ZmqFrame::ZmqFrame(std::string_view bytes) : ZmqFrame(of_size(bytes.size())) {
  if (!bytes.empty()) std::memcpy(data(), bytes.data(), bytes.size());
}

ZmqFrame::ZmqFrame(ZmqFrame&& other) noexcept : ZmqFrame() {
  zmq_msg_move(&message_, &other.message_);
}

ZmqFrame& ZmqFrame::operator=(ZmqFrame&& other) noexcept {
  if (this != &other) zmq_msg_move(&message_, &other.message_);
  return *this;
}

ZmqFrame ZmqFrame::of_size(size_t size) {
  ZmqFrame frame;
  if (zmq_msg_init_size(&frame.message_, size) != 0) throw std::bad_alloc();
  return frame;
}

std::string_view ZmqFrame::bytes() const {
  return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
}

std::string_view ZmqFrame::user_id() const {
  const char* name = zmq_msg_gets(&message_, "User-Id");
  return name == nullptr ? std::string_view() : name;
}

ZmqSocket::ZmqSocket(void* context, int type) : handle_(zmq_socket(context, type)) {
  if (handle_ == nullptr) {
    throw std::runtime_error(fmt::format("cannot open a socket: {}", zmq_strerror(errno)));
  }
  set(ZMQ_LINGER, 0);
}

ZmqSocket::~ZmqSocket() {
  zmq_close(handle_);
}

void ZmqSocket::set(int option, int value) {
  check(zmq_setsockopt(handle_, option, &value, sizeof value), "set a socket option");
}

void ZmqSocket::set(int option, int64_t value) {
  check(zmq_setsockopt(handle_, option, &value, sizeof value), "set a socket option");
}

void ZmqSocket::set(int option, const std::string& value) {
  check(zmq_setsockopt(handle_, option, value.data(), value.size()), "set a socket option");
}

void ZmqSocket::bind(const std::string& endpoint) {
  check(zmq_bind(handle_, endpoint.c_str()), fmt::format("listen on {}", endpoint).c_str());
}

void ZmqSocket::connect(const std::string& endpoint) {
  check(zmq_connect(handle_, endpoint.c_str()), fmt::format("connect to {}", endpoint).c_str());
}

std::string ZmqSocket::last_endpoint() const {
  std::array<char, 512> text{};
  size_t size = text.size();
  check(zmq_getsockopt(handle_, ZMQ_LAST_ENDPOINT, text.data(), &size), "read the endpoint");
  return text.data();
}

int ZmqSocket::send(ZmqFrame& frame, bool has_more) {
  const int flags = ZMQ_DONTWAIT | (has_more ? ZMQ_SNDMORE : 0);
  for (;;) {
    if (zmq_msg_send(frame.handle(), handle_, flags) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

std::optional<std::vector<ZmqFrame>> ZmqSocket::receive() {
  std::vector<ZmqFrame> frames;
  do {
    ZmqFrame frame;
    while (zmq_msg_recv(frame.handle(), handle_, ZMQ_DONTWAIT) < 0) {
      if (errno != EINTR) return std::nullopt;
    }
    frames.push_back(std::move(frame));
  } while (frames.back().has_more());
  return frames;
}

void ZmqSocket::check(int result, const char* what) const {
  if (result == 0) return;
  throw std::runtime_error(fmt::format("cannot {}: {}", what, zmq_strerror(errno)));
}

}  // namespace suan
