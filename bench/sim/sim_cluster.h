#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "catalog/types/time.h"

namespace suan::bench {

/// A network in virtual time, and what happens to it. Equal options give equal runs.
struct SimOptions {
  uint64_t seed = 1;
  uint32_t nodes = 100;
  uint32_t sites = 5;
  uint32_t requests = 10'000;
  Duration duration = 1h;   // in which the requests arrive and the faults strike
  Duration healing = 3min;  // afterwards, without faults
  double message_loss = 0;  // per message between hosts
  double duplication = 0;
  uint32_t node_crashes = 0;
  uint32_t node_freezes = 0;
  uint32_t connection_resets = 0;
  uint32_t partitions = 0;  // of one node from the control plane
  uint32_t scheduler_crashes = 0;
};

/// What a simulated run showed. `violations` is empty in a correct system.
struct SimReport {
  std::vector<std::string> violations;
  uint32_t succeeded = 0;
  uint32_t failed = 0;
  uint32_t cancelled = 0;
  uint32_t retried = 0;
  uint64_t tokens = 0;
  uint64_t messages = 0;
  uint64_t events = 0;
  uint64_t digest = 0;  // of everything that every client saw
  Duration ttft_p50{};
  Duration ttft_p99{};
};

/// Runs the real `ServerRole`, `Gateway` and `Agent` in virtual time, with faults drawn from the
/// seed, then checks the invariants of ARCHITECTURE.md over what clients, journal and nodes saw.
[[nodiscard]] SimReport simulate(const SimOptions& options);

}  // namespace suan::bench
