#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace suan::web_api {

/// Bytes on their way to one client: one buffer that is being written, one that fills meanwhile.
///
/// Threads:  the connection's.
class Outgoing {
 public:
  /// `payload` of the bytes count as unsent until they have left.
  void add(std::string_view bytes, uint64_t payload);

  /// The next bytes to write, at most `limit`; empty when all is sent. They stay valid until
  /// `sent`.
  [[nodiscard]] std::string_view next(size_t limit);

  /// `count` bytes of the last `next` have left. Returns how much payload is thereby sent.
  [[nodiscard]] uint64_t sent(size_t count);

  [[nodiscard]] bool is_empty() const { return writing_.empty() && waiting_.empty(); }

 private:
  std::string writing_;
  size_t written_ = 0;
  uint64_t writing_payload_ = 0;
  std::string waiting_;
  uint64_t waiting_payload_ = 0;
};

}  // namespace suan::web_api
