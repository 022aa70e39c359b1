#pragma once

// Heavy (zmq.h): only .cpp files include this header.

#include <memory>
#include <string>
#include <vector>

#include "catalog/wire/zmq_channel.h"
#include "catalog/wire/zmq_socket.h"

// Only .cpp files of this folder include this header.

namespace suan {

/// The sockets of `ZmqChannel` with all that keeps them bounded; bound or connecting already.
/// Throw std::runtime_error, such as for an address that is taken.
[[nodiscard]] std::unique_ptr<ZmqSocket> open_router(ZmqContext& context,
                                                     const ZmqChannel::Listen& options);
[[nodiscard]] std::unique_ptr<ZmqSocket> open_dealer(ZmqContext& context,
                                                     const ZmqChannel::Connect& options);
[[nodiscard]] std::unique_ptr<ZmqSocket> open_pair(ZmqContext& context,
                                                   const std::string& name,
                                                   bool binds);

enum class MonitorEvent { Connected, Disconnected, Other };

[[nodiscard]] MonitorEvent read_event(const std::vector<ZmqFrame>& frames);

/// A socket that gets a `MonitorEvent` whenever `watched` has shaken hands or lost a connection.
[[nodiscard]] std::unique_ptr<ZmqSocket> open_monitor(ZmqContext& context, ZmqSocket& watched);

}  // namespace suan
