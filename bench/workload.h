#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/corpus.h"
#include "bench/spec.h"
#include "catalog/types/id.h"
#include "catalog/types/random.h"
#include "catalog/types/time.h"

namespace suan::bench {

/// 256 equally likely lengths; the only place where a distribution's formula is evaluated, so
/// that past it equal seeds give equal bytes on every machine.
using LengthTable = std::array<uint32_t, 256>;

[[nodiscard]] LengthTable length_table(const LengthSpec& spec);

/// One request, known before anything starts.
struct ScheduledRequest {
  uint32_t number = 0;
  int64_t start_ns = 0;        // intended start after the beginning of its phase
  uint32_t prompt_tokens = 0;  // about; the engine counts
  uint32_t output_tokens = 0;
  bool is_warmup = false;
  std::string prompt;
};

/// Which requests one execution sends, and when.
struct Timeline {
  ModelId model;
  SiteId site;
  bool ignore_eos = true;
  bool is_one_at_a_time = false;  // the next leaves when the one before has ended
  Duration timeout{};
  std::vector<ScheduledRequest> warmup;    // one after another
  std::vector<ScheduledRequest> measured;  // ascending by start_ns
};

/// What the seeds of one execution are made from (`bench.md`, section 3).
struct SeedScope {
  std::string nonce;  // of the campaign
  std::string spec_sha256;
  uint32_t cell = 0;
  uint32_t execution = 0;
  SiteId site;
  NodeId node;
};

/// Draws a whole execution: times and lengths are equal on all sites, prompts are not.
[[nodiscard]] Timeline make_timeline(const BenchSpec& spec,
                                     const Cell& cell,
                                     const Corpus& corpus,
                                     const SeedScope& scope);

/// Canonical JSON of times, lengths and prompts' digests: what a plan's hash covers.
[[nodiscard]] std::string timeline_bytes(const Timeline& timeline);

/// A generator whose state is the SHA-256 of a canonical array of strings and numbers.
[[nodiscard]] Random timeline_random(const SeedScope& scope);
[[nodiscard]] Random content_random(const SeedScope& scope);
[[nodiscard]] Random order_random(const std::string& nonce, const std::string& spec_sha256);

}  // namespace suan::bench
