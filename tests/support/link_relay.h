#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "catalog/types/time.h"

namespace suan {

/// What one direction of a link does to the bytes on it.
struct LinkDirection {
  Duration delay{};             // added to every byte
  Duration jitter{};            // plus a uniform draw from [0, jitter); never reorders
  double bandwidth_mbit_s = 0;  // 0: no limit
  double flips_per_mib = 0;     // bits turned over, on average
};

struct LinkRelayConfig {
  std::string listen_host = "127.0.0.1";
  uint16_t listen_port = 0;  // 0: the system chooses
  std::string target_host = "127.0.0.1";
  uint16_t target_port = 0;
  LinkDirection up;    // client to target
  LinkDirection down;  // target to client
  uint64_t seed = 1;   // of jitter and flips
  uint32_t connections_max = 256;
};

/// A TCP relay that behaves like a long, narrow or broken line; no netem, no root needed.
///
/// Holds at most 1 MiB per direction and connection; beyond it, it stops reading.
/// Threads:  runs on one of its own; every function may be called from any thread.
class LinkRelay {
 public:
  /// Throws std::runtime_error when it cannot listen; the sentence names the address.
  explicit LinkRelay(const LinkRelayConfig& config);
  ~LinkRelay();
  LinkRelay(const LinkRelay&) = delete;
  LinkRelay& operator=(const LinkRelay&) = delete;

  [[nodiscard]] uint16_t port() const;

  /// Holds all bytes back (true) or lets them go on (false); connections stay open.
  void stall(bool is_stalled);
  /// Closes every open connection; new ones are taken, unless `refuse` was set.
  void cut();
  /// Closes new connections at once, as a line that is down.
  void refuse(bool refuses);

  struct Counters {
    uint64_t connections = 0;
    uint64_t bytes_up = 0;
    uint64_t bytes_down = 0;
    uint64_t flips = 0;
  };

  [[nodiscard]] Counters counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan
