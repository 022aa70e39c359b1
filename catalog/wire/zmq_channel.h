#pragma once

#include <memory>
#include <string>

#include "catalog/wire/channel.h"
#include "catalog/wire/keys.h"
#include "catalog/wire/zmq_loop.h"

namespace suan {

/// Counted, never logged per message: peers must not be able to flood the log.
struct ChannelCounters {
  uint64_t sent = 0;
  uint64_t received = 0;
  uint64_t malformed = 0;        // no valid Envelope
  uint64_t unknown_kind = 0;     // of a newer version
  uint64_t unauthenticated = 0;  // no User-Id, a forgotten peer, or its older connection
  uint64_t queue_full = 0;
  uint64_t too_large = 0;  // not sent, since the other end would not take it
  uint64_t unreachable = 0;
};

/// `Channel` over one ZeroMQ socket; all of ROUTER's traps live in its source.
class ZmqChannel final : public Channel {
 public:
  struct Listen {
    std::string endpoint;  // tcp://127.0.0.1:7400; port 0 or `*` lets the system choose
    std::string domain;    // ZAP domain
    CurveKeyPair keys;
    int64_t message_bytes_max = 1 << 20;
    Duration handshake_timeout = 5s;  // also how long a key that is not known hears nothing
  };

  struct Connect {
    std::string endpoint;
    std::string server_public_z85;
    CurveKeyPair keys;
    Peer server;  // what the other end is called here
    int64_t message_bytes_max = 1 << 20;
    Duration handshake_timeout = 5s;  // also how long a key that is not known hears nothing
  };

  /// ROUTER that agents connect to. A peer is reachable from its first message on; of two
  /// connections of one peer the newest that sent anything wins.
  /// Throws std::runtime_error when the endpoint cannot be bound; the sentence names it.
  static std::unique_ptr<ZmqChannel> listen(ZmqLoop& loop, const Listen& options);

  /// DEALER; reconnects by itself, 0.1 to 5 s apart. Before the first connection messages wait in
  /// the queue. When a connection is lost, what waits is dropped and `on_unreachable` tells it.
  static std::unique_ptr<ZmqChannel> connect(ZmqLoop& loop, const Connect& options);

  /// One end of a pair inside the process: the end that binds must be made first. Whoever
  /// joins the roles says what the other end is called.
  static std::unique_ptr<ZmqChannel> bind_pair(ZmqLoop& loop,
                                               const std::string& name,
                                               Peer other);
  static std::unique_ptr<ZmqChannel> connect_pair(ZmqLoop& loop,
                                                  const std::string& name,
                                                  Peer other);

  ~ZmqChannel() override;

  bool send(const Peer& to, const v1::Envelope& message) override;
  void on_message(Handler handler) override;
  void on_unreachable(PeerHandler handler) override;
  void forget(const Peer& peer) override;

  /// The endpoint in use, with the port that the system chose.
  [[nodiscard]] const std::string& endpoint() const;
  [[nodiscard]] const ChannelCounters& counters() const;

 private:
  struct State;
  explicit ZmqChannel(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // a reader holds it, too, while a handler runs
};

}  // namespace suan
