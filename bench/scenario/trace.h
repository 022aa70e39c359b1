#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/scenario/csv.h"
#include "catalog/types/result.h"

namespace suan::bench {

/// One recorded request.
struct TraceRow {
  double at_s = 0;  // after the first
  uint32_t prompt_tokens = 0;
  uint32_t output_tokens = 0;
  uint32_t first_block = 0;  // in Trace::blocks
  uint32_t blocks = 0;
};

/// Recorded requests in the order of their arrival.
struct Trace {
  std::vector<TraceRow> rows;
  std::vector<uint64_t> blocks;  // one id per 512 tokens of prompt; equal: an equal block

  [[nodiscard]] double span_s() const { return rows.empty() ? 0 : rows.back().at_s; }

  [[nodiscard]] std::span<const uint64_t> blocks_of(const TraceRow& row) const {
    return std::span(blocks).subspan(row.first_block, row.blocks);
  }
};

/// Tokens of prompt that one block id stands for.
inline constexpr uint32_t kBlockTokens = 512;

/// Reads Azure's columns (`arrival_s,context_tokens,generated_tokens`), or, from a file whose name
/// ends in `.jsonl`, Mooncake's lines.
///
/// Mooncake's time stamps come in steps of 3 s: its requests are spread over their step, at random
/// by `seed`.
/// Errors:   BadRequest  file, line and what must hold; TooLarge
[[nodiscard]] Result<Trace> read_trace(NamedText file, uint64_t seed);

}  // namespace suan::bench
