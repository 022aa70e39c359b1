#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/wire/channel.h"
#include "catalog/wire/zmq_loop.h"

namespace suan {

/// Answers ZeroMQ's question "may this CURVE key connect, and who is it?" for the context.
///
/// Make it before any socket. Keys that are not known get silence, and may try again. Known keys
/// are never refused for their address, which a whole site may share; of the others five a
/// minute and address are logged.
/// Threads:  the loop's.
/// Source:   RFC 27/ZAP
class ZapHandler {
 public:
  /// `domain` is the socket's (`control`, `tokens`); the answer becomes the User-Id.
  using Lookup = std::function<std::optional<Peer>(std::string_view domain,
                                                   const std::string& public_z85)>;

  /// `loop` must outlive the handler.
  ZapHandler(ZmqLoop& loop, Lookup lookup);
  ~ZapHandler();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan
