#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/id.h"

namespace suan {

/// Where a node stands with the scheduler (`scheduler.md`, section 3.3).
enum class NodeState : uint8_t {
  Pending,    // enrolled, waits for approval
  Probation,  // approved, not yet proven: no requests with an `slo`
  Ready,
  Suspect,      // silent for a moment: no new work
  Unreachable,  // silent here, but gateways hear it
  Lost,
  Draining,
  Quarantined,
  Revoked,
};

struct GpuDevice {
  std::string name;
  uint64_t memory_bytes = 0;
};

/// What a node's machine is; as discovered by the agent, so a claim.
struct Hardware {
  std::string hostname;
  std::string cpu_model;
  std::vector<std::string> isa;  // avx2, avx512f, amx-bf16, ...: what was found
  uint32_t cores = 0;
  uint32_t threads_used = 0;  // that the agent was allowed
  uint32_t numa_nodes = 1;
  uint64_t memory_bytes = 0;
  uint64_t llc_bytes = 0;
  std::vector<GpuDevice> gpus;
  std::vector<std::string> warnings;  // such as a kernel without Landlock
};

/// What the agent measured by itself at start.
struct SelfMeasurement {
  double memory_read_gb_s = 0;
  double matrix_gflop_s = 0;
};

/// A model file in a node's depot.
struct DepotModel {
  ModelId model;
  std::string digest;  // SHA-256 of the weights, hex
  std::string architecture;
  std::string quantization;
  uint64_t weight_bytes = 0;
  uint32_t context_tokens = 0;
  uint32_t vocabulary = 0;
  bool has_chat_template = false;
};

enum class ReplicaState : uint8_t { Wanted, Loading, Ready, Draining, Stopped, Failed };

/// What a replica can do, by its own measurement after loading.
struct ReplicaCapacity {
  uint32_t slots = 0;            // requests decoded together
  uint32_t kv_tokens_total = 0;  // room for prompt and output of all of them
  uint32_t context_tokens = 0;
  double prefill_tokens_per_s = 0;
  double decode_tokens_per_s = 0;       // one request alone
  double decode_tokens_per_s_full = 0;  // all slots busy, in sum
};

/// What a replica is doing right now.
struct ReplicaLoad {
  uint32_t running = 0;
  uint32_t waiting = 0;
  uint32_t kv_tokens_taken = 0;
  uint32_t prefill_tokens_queued = 0;
  uint64_t tokens_generated_total = 0;
};

[[nodiscard]] std::string_view to_string(NodeState state);
[[nodiscard]] std::optional<NodeState> node_state_of(std::string_view name);
[[nodiscard]] std::string_view to_string(ReplicaState state);
[[nodiscard]] std::optional<ReplicaState> replica_state_of(std::string_view name);

}  // namespace suan
