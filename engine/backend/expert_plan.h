#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/backend/backend.h"

namespace suan::engine {

/// The (token, place) pairs of a batch, sorted by the expert that each goes to.
///
/// A pair is numbered token * top_k + place. Keeps its room from batch to batch.
class ExpertPlan {
 public:
  /// Takes the routes of the first `tokens` tokens; kNoExpert goes nowhere.
  void sort(const Routes& routes, size_t tokens, size_t experts);

  /// Experts that any token chose, in the order of their numbers.
  [[nodiscard]] std::span<const uint32_t> active() const { return active_; }

  /// All pairs in the plan's order.
  [[nodiscard]] std::span<const size_t> pairs() const { return pairs_; }

  /// An expert's pairs are those from `begin` to `end` in the plan's order.
  [[nodiscard]] size_t begin(uint32_t expert) const { return first_[expert]; }

  [[nodiscard]] size_t end(uint32_t expert) const { return first_[expert + 1]; }

 private:
  std::vector<size_t> first_;  // of each expert's pairs; one more at the end
  std::vector<size_t> next_;   // where an expert's next pair goes
  std::vector<size_t> pairs_;
  std::vector<uint32_t> active_;
};

}  // namespace suan::engine
