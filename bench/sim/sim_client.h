#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/sim/sim_loop.h"
#include "bench/sim/sim_recording.h"
#include "catalog/types/random.h"
#include "web_api/gateway/gateway.h"

namespace suan::bench {

/// Requesters of a simulated network: seeded arrivals, lengths and hang-ups, straight into the
/// real `Gateway`.
///
/// Threads:  the world's.
class SimClients {
 public:
  struct Options {
    ModelId model;
    double requests_per_s = 1;
    uint32_t requests_max = 1;
    double leave_share = 0.03;  // hang up at a random time
    Duration deadline = 60s;
    uint32_t accounts = 5;
  };

  /// `loop` and `gateway` outlive the clients.
  SimClients(SimLoop& loop, web_api::Gateway& gateway, Options options, uint64_t seed);

  /// Schedules the arrivals, one after the other.
  void start();

  [[nodiscard]] const std::vector<std::shared_ptr<SeenRequest>>& seen() const { return seen_; }

  /// A digest of everything that every client saw, in order: equal runs, equal digests.
  [[nodiscard]] uint64_t digest() const { return *digest_; }

 private:
  void arrive();
  void ask();

  SimLoop& loop_;
  web_api::Gateway& gateway_;
  Options options_;
  Random random_;
  std::vector<std::shared_ptr<SeenRequest>> seen_;
  std::shared_ptr<uint64_t> digest_ = std::make_shared<uint64_t>(0);
};

}  // namespace suan::bench
