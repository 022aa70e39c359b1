#pragma once

#include <string>
#include <vector>

#include "bench/run.h"
#include "bench/spec.h"
#include "bench/workload.h"
#include "catalog/types/time.h"

namespace suan::bench {

/// What an execution was meant to be; the first line of its record.
struct RunIntent {
  std::string campaign_id;
  std::string run_id;
  uint32_t block = 0;
  Cell cell;
  SeedScope scope;
  std::string plan_sha256;  // of timeline_bytes()
  WallTime issued_at{};
  Duration deadline{};
};

/// The record of one execution as canonical JSON Lines: intent, env, samples, seal.
///
/// The seal holds the RFC 6962 root of the lines before it; it carries no signatures yet.
/// Source:   `bench.md`, section 7
[[nodiscard]] std::vector<std::string> record_lines(const RunIntent& intent,
                                                    const RunResult& run,
                                                    const std::vector<std::string>& flags,
                                                    double steal_share);

/// Merkle tree hash of lines, hex: leaves 0x00, nodes 0x01, split at the largest power of two.
[[nodiscard]] std::string merkle_root(const std::vector<std::string>& lines);

}  // namespace suan::bench
