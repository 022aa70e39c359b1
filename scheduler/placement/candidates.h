#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "scheduler/placement/cluster_view.h"
#include "scheduler/placement/prefix_table.h"

namespace suan::scheduler {

/// Why a replica was looked at.
enum class Source : uint8_t { All, Plan, PrefixHolder, PrefixHome, Random, Fallback };

struct Drawn {
  uint32_t replica = 0;  // index into ClusterView::replicas()
  const SiteGroup* group = nullptr;
  Source source = Source::All;
};

inline constexpr uint32_t kCandidatesMax = 12;

/// Draws at most 12 replicas worth looking at out of the groups that the wishes allow; all,
/// if there are no more.
///
/// Four by the plan's shares, up to three that may hold the prompt's beginning, the rest at
/// random. Equal `draw`, equal answer.
/// Source:   power of two choices (Mitzenmacher 2001) within shares; rendezvous hashing
///           (Thaler and Ravishankar 1998) for prefix homes; `scheduler.md` section 4.2
[[nodiscard]] std::vector<Drawn> draw_candidates(const ClusterView& view,
                                                 std::span<const SiteGroup* const> allowed,
                                                 std::span<const uint64_t> prefix_hashes,
                                                 const std::optional<PrefixHolder>& holder,
                                                 uint64_t draw);

/// Number `k` of a low-discrepancy sequence over weights: which entry it falls on.
///
/// Requires: the weights' sum is positive and below 2^63.
/// Source:   Weyl sequence of the golden ratio, k * 0x9E3779B97F4A7C15 mod 2^64
[[nodiscard]] size_t pick_by_share(std::span<const uint64_t> shares, uint64_t k);

[[nodiscard]] std::string_view to_string(Source source);

}  // namespace suan::scheduler
