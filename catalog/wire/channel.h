#pragma once

#include <functional>

#include "catalog/types/id.h"

namespace suan::v1 {
class Envelope;
}

namespace suan {

/// The authenticated name of the other end: `node:<id>`, `ticket:<id>`, `scheduler`,
/// `gateway:<id>`, `observer`. On TCP it comes from CURVE and ZAP, never from a message.
using Peer = Id<struct PeerTag, std::string>;

[[nodiscard]] Peer peer_of(const NodeId& node);
/// The node that a peer `node:<id>` is; an unset id for any other peer.
[[nodiscard]] NodeId node_of(const Peer& peer);

/// Messages to and from peers. At most once, in order per peer while a connection lasts.
///
/// Implementations: `ZmqChannel`; `SimNetwork`'s in bench.
/// Threads:  the owner's loop only.
class Channel {
 public:
  using Handler = std::function<void(const Peer& from, const v1::Envelope& message)>;
  using PeerHandler = std::function<void(const Peer& peer)>;

  virtual ~Channel() = default;

  /// Never blocks. False: the message was not taken, since the peer's queue is full or the
  /// peer is not connected (then `on_unreachable` tells it too).
  virtual bool send(const Peer& to, const v1::Envelope& message) = 0;

  virtual void on_message(Handler handler) = 0;

  /// A peer's connection was found to be gone. Told from the loop, never from inside `send`.
  /// The peer may come back.
  virtual void on_unreachable(PeerHandler handler) = 0;

  /// Refuses all that `peer` sends on the connections it has, also those that have not spoken
  /// yet. Whether it may make a new one is the question of ZAP (its key was revoked, then).
  virtual void forget(const Peer& peer) = 0;
};

}  // namespace suan
