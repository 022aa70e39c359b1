#pragma once

// Heavy (zmq.h): only .cpp files include this header.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.h>

#include "catalog/wire/keys.h"

// Only .cpp files of this folder include this header.

namespace suan {

/// One frame of a ZeroMQ message.
class ZmqFrame {
 public:
  ZmqFrame() { zmq_msg_init(&message_); }

  explicit ZmqFrame(std::string_view bytes);
  ZmqFrame(ZmqFrame&& other) noexcept;
  ZmqFrame& operator=(ZmqFrame&& other) noexcept;

  ~ZmqFrame() { zmq_msg_close(&message_); }

  /// A frame of `size` bytes, to be written through `data`.
  static ZmqFrame of_size(size_t size);

  [[nodiscard]] void* data() { return zmq_msg_data(&message_); }

  [[nodiscard]] size_t size() const { return zmq_msg_size(&message_); }

  [[nodiscard]] std::string_view bytes() const;

  [[nodiscard]] bool has_more() const { return zmq_msg_more(&message_) != 0; }

  /// The name that ZAP gave to the connection; empty when it gave none.
  [[nodiscard]] std::string_view user_id() const;

  [[nodiscard]] zmq_msg_t* handle() { return &message_; }

 private:
  mutable zmq_msg_t message_{};  // libzmq's getters do not take const
};

/// A socket that closes itself. No call blocks.
///
/// Threads:  one at a time.
class ZmqSocket {
 public:
  /// Throws std::runtime_error with libzmq's reason.
  ZmqSocket(void* context, int type);
  ~ZmqSocket();
  ZmqSocket(const ZmqSocket&) = delete;
  ZmqSocket& operator=(const ZmqSocket&) = delete;

  void set(int option, int value);
  void set(int option, int64_t value);
  void set(int option, const std::string& value);
  void bind(const std::string& endpoint);
  void connect(const std::string& endpoint);

  /// The endpoint that was bound last, with the port that the system chose.
  [[nodiscard]] std::string last_endpoint() const;

  /// 0, or the error: EAGAIN, EHOSTUNREACH, ... `frame` is empty after success only.
  int send(ZmqFrame& frame, bool has_more = false);

  /// All frames of the next message; nothing when there is none now.
  [[nodiscard]] std::optional<std::vector<ZmqFrame>> receive();

  [[nodiscard]] void* handle() const { return handle_; }

 private:
  void check(int result, const char* what) const;

  void* handle_;
};

}  // namespace suan
