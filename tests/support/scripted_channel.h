#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catalog/wire/channel.h"
#include "catalog/wire/convert.h"

namespace suan {

/// `Channel` that keeps what was sent and says what the test wants it to have received.
class ScriptedChannel final : public Channel {
 public:
  struct Sent {
    Peer to;
    v1::Envelope message;
  };

  bool send(const Peer& to, const v1::Envelope& message) override {
    if (unreachable_.count(to) != 0) {
      if (on_unreachable_) on_unreachable_(to);
      return false;
    }
    sent.push_back({to, message});
    return true;
  }

  void on_message(Handler handler) override { on_message_ = std::move(handler); }

  void on_unreachable(PeerHandler handler) override { on_unreachable_ = std::move(handler); }

  void forget(const Peer& peer) override { forgotten.insert(peer); }

  void receive(const Peer& from, const v1::Envelope& message) { on_message_(from, message); }

  /// From now on, sends to `peer` find no connection.
  void break_connection(const Peer& peer) { unreachable_.insert(peer); }

  void mend_connection(const Peer& peer) { unreachable_.erase(peer); }

  /// The messages of one kind that were sent, oldest first.
  [[nodiscard]] std::vector<v1::Envelope> all(v1::Envelope::BodyCase kind) const {
    std::vector<v1::Envelope> found;
    for (const Sent& one : sent) {
      if (one.message.body_case() == kind) found.push_back(one.message);
    }
    return found;
  }

  std::vector<Sent> sent;
  std::set<Peer> forgotten;

 private:
  Handler on_message_;
  PeerHandler on_unreachable_;
  std::set<Peer> unreachable_;
};

}  // namespace suan
