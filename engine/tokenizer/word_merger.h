#pragma once

#include <cstdint>
#include <vector>

#include "engine/tokenizer/merge_table.h"

namespace suan::engine {

/// Merges the symbols of one word after another; keeps its buffers in between.
class WordMerger {
 public:
  explicit WordMerger(const MergeTable& merges) : merges_(&merges) {}

  /// Again and again the two neighbours with the lowest rank become one (of equal ranks the
  /// leftmost), until no neighbours merge. O(n log n).
  void merge(std::vector<int32_t>& symbols);

 private:
  void merge_short(std::vector<int32_t>& symbols);
  void merge_long(std::vector<int32_t>& symbols);
  void make_links(const std::vector<int32_t>& symbols);
  void join(uint32_t left);
  void consider(uint32_t left);

  struct Link {
    int32_t token = -1;  // -2: part of its left neighbour
    uint32_t previous = 0;
    uint32_t next = 0;
  };

  struct Pair {
    uint64_t order = 0;  // rank, then position
    int32_t left = -1;   // what stood there when the pair was found
    int32_t right = -1;
  };

  const MergeTable* merges_;
  std::vector<Merge> ranks_;  // of each symbol with the next one
  std::vector<Link> links_;
  std::vector<Pair> heap_;
};

}  // namespace suan::engine
