#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/backend/backend.h"
#include "engine/cache/page_pool.h"

namespace suan::engine {

/// The tokens that one forward pass computes, of many sequences side by side.
///
/// Rows of prompts lie together, and so do decoded rows: add all of one kind, then the other.
/// Buffers keep their room from step to step. The leases outlive the pass.
class Batch {
 public:
  void clear();

  /// The next `count` tokens of a prompt, the first of them at `position`.
  void add_prompt(const int32_t* tokens, size_t count, size_t position, const PageLease& lease);

  /// One token of a sequence that is being decoded.
  void add_decode(int32_t token, size_t position, const PageLease& lease) {
    add_decodes(&token, 1, position, lease);
  }

  /// A decoded token and drafts of those after it. Each row's result is, bit for bit, that of
  /// decoding one token at a time.
  void add_decodes(const int32_t* tokens,
                   size_t count,
                   size_t position,
                   const PageLease& lease);

  /// Asks for logits after the `count` rows that were added last; returns the number of the
  /// first of them among outputs.
  size_t want_output(size_t count = 1);

  [[nodiscard]] size_t rows() const { return tokens_.size(); }

  [[nodiscard]] const std::vector<int32_t>& tokens() const { return tokens_; }

  [[nodiscard]] const std::vector<uint32_t>& positions() const { return positions_; }

  [[nodiscard]] const std::vector<uint32_t>& cache_rows() const { return cache_rows_; }

  [[nodiscard]] const std::vector<uint32_t>& output_rows() const { return output_rows_; }

  [[nodiscard]] const std::vector<SequenceRows>& prompts() const { return prompts_; }

  [[nodiscard]] const std::vector<SequenceRows>& decodes() const { return decodes_; }

 private:
  void add_rows(const int32_t* tokens, size_t count, size_t position, const PageLease& lease);

  std::vector<int32_t> tokens_;
  std::vector<uint32_t> positions_;
  std::vector<uint32_t> cache_rows_;
  std::vector<uint32_t> output_rows_;
  std::vector<SequenceRows> prompts_;
  std::vector<SequenceRows> decodes_;
};

}  // namespace suan::engine
