#include "catalog/wire/zap.h"

#include <array>
#include <unordered_map>
#include <vector>

#include <spdlog/spdlog.h>

#include "catalog/types/text.h"
#include "catalog/wire/peer_stamp.h"
#include "catalog/wire/zmq_socket.h"

namespace suan {

namespace {

constexpr const char* kEndpoint = "inproc://zeromq.zap.01";
constexpr Duration kFailureWindow = 60s;
constexpr uint32_t kFailuresLogged = 5;
constexpr size_t kAddressesMax = 4096;
constexpr size_t kPeerNameMax = 200;  // libzmq keeps 255 bytes of a User-Id

// The frames of a request, in order; one of credentials for CURVE.
constexpr size_t kVersion = 0;
constexpr size_t kSequence = 1;
constexpr size_t kDomain = 2;
constexpr size_t kAddress = 3;
constexpr size_t kMechanism = 5;  // after an identity, which nothing here needs
constexpr size_t kKey = 6;
constexpr size_t kFrames = 7;

/// Failures per address and minute: enough for the log, never a flood.
class FailureLog {
 public:
  void note(const std::string& address, std::string_view domain, Time now) {
    if (failures_.size() >= kAddressesMax) failures_.clear();
    Failures& failures = failures_[address];
    if (now - failures.since > kFailureWindow) failures = {now, 0};
    if (++failures.count > kFailuresLogged) return;
    spdlog::warn("{}: a key that is not known was refused, from {}{}", printable(domain, 20),
                 printable(address, 60),
                 failures.count < kFailuresLogged ? "" : "; more of this minute is not logged");
  }

 private:
  struct Failures {
    Time since{};
    uint32_t count = 0;
  };

  std::unordered_map<std::string, Failures> failures_;
};

std::string z85_of(const ZmqFrame& key) {
  std::array<char, 41> text{};
  const std::string_view bytes = key.bytes();
  zmq_z85_encode(text.data(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return text.data();
}

bool is_curve_request(const std::vector<ZmqFrame>& request) {
  return request.size() == kFrames && request[kVersion].bytes() == "1.0" &&
         request[kMechanism].bytes() == "CURVE" && request[kKey].size() == 32;
}

}  // namespace

struct ZapHandler::State {
  State(ZmqLoop& the_loop, Lookup the_lookup)
      : loop(the_loop),
        lookup(std::move(the_lookup)),
        socket(the_loop.context().handle(), ZMQ_ROUTER) {}

  void read_requests();
  std::optional<Peer> decide(const std::vector<ZmqFrame>& request);
  void reply(std::string_view sequence, const std::optional<Peer>& peer);
  void send_all(const std::vector<std::string_view>& frames);

  ZmqLoop& loop;
  Lookup lookup;
  ZmqSocket socket;
  std::string asker;  // ROUTER's name for the socket that asks
  FailureLog failures;
};

ZapHandler::ZapHandler(ZmqLoop& loop, Lookup lookup)
    : state_(std::make_unique<State>(loop, std::move(lookup))) {
  state_->socket.bind(kEndpoint);
  loop.watch(state_->socket.handle(), [state = state_.get()] { state->read_requests(); });
}

ZapHandler::~ZapHandler() {
  state_->loop.unwatch(state_->socket.handle());
}

void ZapHandler::State::read_requests() {
  while (auto message = socket.receive()) {
    // ROUTER puts the asker's name and an empty frame before the request.
    if (message->size() < 2 + kSequence + 1) continue;
    asker = (*message)[0].bytes();
    message->erase(message->begin(), message->begin() + 2);
    reply((*message)[kSequence].bytes(), decide(*message));
  }
}

std::optional<Peer> ZapHandler::State::decide(const std::vector<ZmqFrame>& request) {
  if (!is_curve_request(request)) return std::nullopt;
  auto peer = lookup(request[kDomain].bytes(), z85_of(request[kKey]));
  const bool is_known = peer && !peer->value().empty() && peer->value().size() <= kPeerNameMax;
  if (is_known) return peer;
  failures.note(std::string(request[kAddress].bytes()), request[kDomain].bytes(), loop.now());
  return std::nullopt;
}

/// 300 and not 400 for a key that is not known: the connection is then dropped in silence, and
/// the client tries again later by itself, as one that waits for its approval must.
void ZapHandler::State::reply(std::string_view sequence, const std::optional<Peer>& peer) {
  const std::string user_id = peer ? format_user_id({*peer, next_stamp_us()}) : "";
  send_all({asker, "", "1.0", sequence, peer ? "200" : "300", peer ? "OK" : "not known",
            user_id, ""});
}

void ZapHandler::State::send_all(const std::vector<std::string_view>& frames) {
  for (size_t i = 0; i < frames.size(); ++i) {
    ZmqFrame frame(frames[i]);
    if (socket.send(frame, i + 1 < frames.size()) != 0) return;
  }
}

}  // namespace suan
