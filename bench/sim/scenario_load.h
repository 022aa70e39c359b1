#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "bench/scenario/requests.h"
#include "bench/scenario/scenario.h"
#include "bench/sim/sim_loop.h"
#include "bench/sim/sim_recording.h"
#include "catalog/types/random.h"
#include "web_api/gateway/gateway.h"

namespace suan::bench {

/// Sends a scenario's requests into the real `Gateway`, each at its time, and keeps what their
/// clients saw.
///
/// Threads:  the world's.
class ScenarioLoad {
 public:
  /// All references outlive the load.
  ScenarioLoad(SimLoop& loop,
               web_api::Gateway& gateway,
               const Scenario& scenario,
               const std::vector<ScenarioRequest>& requests,
               uint64_t seed);

  void start();

  /// In the order of `requests`; as many as have been sent.
  [[nodiscard]] const std::vector<std::shared_ptr<SeenRequest>>& seen() const { return seen_; }

  [[nodiscard]] uint64_t digest() const { return *digest_; }

 private:
  void send_due();
  void send(const ScenarioRequest& request);

  SimLoop& loop_;
  web_api::Gateway& gateway_;
  const Scenario& scenario_;
  const std::vector<ScenarioRequest>& requests_;
  Random random_;
  Time started_at_{};
  std::vector<AccountId> accounts_;
  std::unordered_map<uint32_t, RequestBody> bodies_;  // by their output
  std::vector<std::shared_ptr<SeenRequest>> seen_;
  std::shared_ptr<uint64_t> digest_ = std::make_shared<uint64_t>(0);
};

/// Chained hashes of a prompt that begins with these blocks of 512 tokens, one per 256 bytes.
/// `lap` makes blocks of a trace that is played again others than before.
[[nodiscard]] std::vector<uint64_t> prefix_hashes_of(std::span<const uint64_t> blocks,
                                                     uint32_t lap,
                                                     uint32_t prompt_tokens);

}  // namespace suan::bench
