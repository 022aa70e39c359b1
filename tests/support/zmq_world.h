#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/wire/convert.h"
#include "catalog/wire/zap.h"
#include "catalog/wire/zmq_channel.h"
#include "catalog/wire/zmq_loop.h"

namespace suan::test {

/// Runs `loop` on this thread until `is_done`, or until `limit` has passed: then false.
inline bool run_until(ZmqLoop& loop,
                      const std::function<bool()>& is_done,
                      Duration limit = 10s) {
  const Time end = loop.now() + limit;
  bool was_done = false;
  TimerId timer;
  const std::function<void()> look = [&] {
    was_done = is_done();
    if (was_done || loop.now() >= end) return loop.stop();
    timer = loop.after(1ms, look);
  };
  look();
  loop.run();
  loop.cancel(timer);
  return was_done;
}

/// One loop with a ZAP handler whose known keys are a map; everything on loopback.
struct ZmqWorld {
  ZmqContext context;
  ZmqLoop loop{context};
  std::map<std::string, Peer> known_keys;
  std::map<std::string, int> lookups;
  ZapHandler zap{loop, [this](std::string_view, const std::string& key) -> std::optional<Peer> {
                   ++lookups[key];
                   const auto found = known_keys.find(key);
                   if (found == known_keys.end()) return std::nullopt;
                   return found->second;
                 }};
  CurveKeyPair server_keys = make_curve_key_pair();

  std::unique_ptr<ZmqChannel> listen(const std::string& endpoint = "tcp://127.0.0.1:*") {
    return ZmqChannel::listen(loop, {endpoint, "control", server_keys, 1 << 20, 200ms});
  }

  std::unique_ptr<ZmqChannel> connect(const ZmqChannel& server, const CurveKeyPair& keys) {
    return ZmqChannel::connect(loop, {server.endpoint(), server_keys.public_z85, keys,
                                      Peer("scheduler"), 1 << 20, 200ms});
  }

  /// A new key pair that is known as `name`.
  CurveKeyPair admit(const std::string& name) {
    CurveKeyPair keys = make_curve_key_pair();
    known_keys[keys.public_z85] = Peer(name);
    return keys;
  }

  bool run_until(const std::function<bool()>& is_done, Duration limit = 10s) {
    return test::run_until(loop, is_done, limit);
  }
};

/// What arrived at a channel.
struct Inbox {
  explicit Inbox(Channel& channel) {
    channel.on_message([this](const Peer& from, const v1::Envelope& message) {
      messages.emplace_back(from, message);
    });
    channel.on_unreachable([this](const Peer& peer) { unreachable.push_back(peer); });
  }

  std::vector<std::pair<Peer, v1::Envelope>> messages;
  std::vector<Peer> unreachable;
};

/// A small message that carries a number.
inline v1::Envelope beat(uint64_t number) {
  v1::Envelope envelope;
  envelope.set_schema(kWireSchema);
  envelope.mutable_heartbeat()->set_beat(number);
  return envelope;
}

}  // namespace suan::test
