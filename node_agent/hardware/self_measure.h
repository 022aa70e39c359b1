#pragma once

#include <cstdint>

#include "catalog/types/node.h"
#include "catalog/types/time.h"

namespace suan::node_agent {

struct SelfMeasureConfig {
  uint32_t threads = 1;
  uint64_t memory_bytes = 256U << 20U;  // read in all; far above the last-level cache
  Duration memory_time = 1s;
  Duration matrix_time = 500ms;
};

/// Measures the machine with `threads` threads: bytes read per second from memory, and the
/// rate of a float32 matrix product that stays in cache.
///
/// Units:    memory_read_gb_s in 10^9 bytes/s, matrix_gflop_s in 10^9 operations/s
[[nodiscard]] SelfMeasurement self_measure(const SelfMeasureConfig& config);

}  // namespace suan::node_agent
