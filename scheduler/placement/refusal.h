#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "scheduler/placement/place.h"

namespace suan::scheduler {

/// How often each rule refused, while a request was being placed; indexed by Rule.
struct RefusalCounts {
  static constexpr size_t kRules = static_cast<size_t>(Rule::SloPossible) + 1;

  std::array<uint32_t, kRules> first{};   // by the first rule that refused
  std::array<uint32_t, kRules> wishes{};  // replicas that can never meet a wish
  uint32_t by_load = 0;
  uint32_t by_liveness = 0;  // away, though they would meet every wish
};

/// The error for a request that no replica may serve: which kind, why, what would help.
///
/// `helping_wish`: the single wish without which it could be placed.
[[nodiscard]] Error refusal_error(const RequestFacts& request,
                                  const ClusterView& view,
                                  const ModelRow& model,
                                  const Considered& considered,
                                  const RefusalCounts& counts,
                                  std::optional<Rule> helping_wish);

/// The rule with the highest count; nothing if all are 0.
[[nodiscard]] std::optional<Rule> commonest(
    const std::array<uint32_t, RefusalCounts::kRules>& counts);

}  // namespace suan::scheduler
