#include "scheduler/placement/candidates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <numeric>

#include "catalog/types/random.h"

namespace suan::scheduler {

namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15U;  // 2^64 / golden ratio
constexpr uint32_t kPlanDraws = 2;
constexpr uint32_t kReplicasPerDraw = 2;
constexpr uint32_t kHomeBlocksMax = 64;
constexpr uint32_t kCompared = 256;  // replicas of one site that rendezvous looks at
constexpr uint32_t kTries = 32;      // random draws may repeat

/// Maps 64 random bits to 0..limit-1 by the high half of the product.
uint64_t scale(uint64_t bits, uint64_t limit) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((Wide{bits} * limit) >> 64U);
}

uint32_t size_of(const SiteGroup& group) {
  return group.end - group.begin;
}

class Drawing {
 public:
  Drawing(const ClusterView& view, std::span<const SiteGroup* const> allowed, uint64_t draw)
      : view_(view), allowed_(allowed), draw_(draw) {
    drawn_.reserve(kCandidatesMax);
    for (const SiteGroup* group : allowed_) {
      total_ += size_of(*group);
    }
  }

  std::vector<Drawn> everything() && {
    for (const SiteGroup* group : allowed_) {
      for (uint32_t i = group->begin; i < group->end; ++i) {
        drawn_.push_back({.replica = i, .group = group, .source = Source::All});
      }
    }
    return std::move(drawn_);
  }

  [[nodiscard]] bool is_small() const { return total_ <= kCandidatesMax; }

  void by_plan() {
    std::array<uint64_t, kSitesMax> shares{};
    uint64_t sum = 0;
    for (size_t i = 0; i < allowed_.size(); ++i) {
      // A site that died since the plan was made passes its share to the living.
      shares[i] = allowed_[i]->ready > 0 ? allowed_[i]->share : 0;
      sum += shares[i];
    }
    if (sum == 0) {
      return;
    }
    for (uint32_t k = 0; k < kPlanDraws; ++k) {
      const std::span used(shares.data(), allowed_.size());
      const SiteGroup& group = *allowed_[pick_by_share(used, kPlanDraws * draw_ + k + 1)];
      for (uint32_t i = 0; i < kReplicasPerDraw; ++i) {
        const auto offset = static_cast<uint32_t>(scale(random(), size_of(group)));
        take(group, group.begin + offset, Source::Plan);
      }
    }
  }

  void by_prefix(std::span<const uint64_t> hashes, const std::optional<PrefixHolder>& holder) {
    if (holder) {
      if (const auto index = view_.find_replica(holder->replica)) {
        take_allowed(*index, Source::PrefixHolder);
      }
    }
    const auto known = static_cast<uint32_t>(std::min<size_t>(hashes.size(), kHomeBlocksMax));
    const uint32_t depth = std::bit_floor(known);
    for (const uint32_t blocks : {depth, depth / 2}) {
      if (blocks > 0) {
        take_home(hashes[blocks - 1]);
      }
    }
  }

  std::vector<Drawn> filled_at_random() && {
    for (uint32_t i = 0; i < kTries && drawn_.size() < kCandidatesMax; ++i) {
      uint64_t offset = scale(random(), total_);
      for (const SiteGroup* group : allowed_) {
        if (offset < size_of(*group)) {
          take(*group, group->begin + static_cast<uint32_t>(offset), Source::Random);
          break;
        }
        offset -= size_of(*group);
      }
    }
    return std::move(drawn_);
  }

 private:
  uint64_t random() { return splitmix64(draw_ + kGolden * ++randoms_); }

  void take(const SiteGroup& group, uint32_t replica, Source source) {
    if (std::ranges::find(drawn_, replica, &Drawn::replica) == drawn_.end()) {
      drawn_.push_back({.replica = replica, .group = &group, .source = source});
    }
  }

  void take_allowed(uint32_t replica, Source source) {
    const auto found = std::ranges::find_if(allowed_, [&](const SiteGroup* group) {
      return group->begin <= replica && replica < group->end;
    });
    if (found != allowed_.end()) {
      take(**found, replica, source);
    }
  }

  /// The highest-random-weight replica for `hash`: first the site, then the replica there, so
  /// that a prompt's home moves only when its own site or replica goes.
  void take_home(uint64_t hash) {
    const SiteGroup& group = **std::ranges::max_element(
        allowed_, {},
        [&](const SiteGroup* each) { return splitmix64(hash ^ splitmix64(each->site + 1)); });
    const uint32_t size = size_of(group);
    const uint32_t first =
        size <= kCompared ? 0 : static_cast<uint32_t>(scale(splitmix64(hash), size));
    uint32_t best = group.begin;
    uint64_t best_weight = 0;
    for (uint32_t i = 0; i < std::min(size, kCompared); ++i) {
      const uint32_t replica = group.begin + (first + i) % size;
      const uint64_t weight = splitmix64(hash ^ view_.replicas()[replica].replica.value());
      if (weight >= best_weight) {
        best_weight = weight;
        best = replica;
      }
    }
    take(group, best, Source::PrefixHome);
  }

  const ClusterView& view_;
  std::span<const SiteGroup* const> allowed_;
  uint64_t draw_;
  uint64_t randoms_ = 0;
  uint64_t total_ = 0;
  std::vector<Drawn> drawn_;
};

}  // namespace

std::vector<Drawn> draw_candidates(const ClusterView& view,
                                   std::span<const SiteGroup* const> allowed,
                                   std::span<const uint64_t> prefix_hashes,
                                   const std::optional<PrefixHolder>& holder,
                                   uint64_t draw) {
  assert(!allowed.empty());
  assert(allowed.size() <= kSitesMax);
  Drawing drawing(view, allowed, draw);
  if (drawing.is_small()) {
    return std::move(drawing).everything();
  }
  drawing.by_plan();
  drawing.by_prefix(prefix_hashes, holder);
  return std::move(drawing).filled_at_random();
}

size_t pick_by_share(std::span<const uint64_t> shares, uint64_t k) {
  const uint64_t sum = std::accumulate(shares.begin(), shares.end(), uint64_t{0});
  assert(sum > 0);
  uint64_t position = scale(k * kGolden, sum);
  for (size_t i = 0; i < shares.size(); ++i) {
    if (position < shares[i]) {
      return i;
    }
    position -= shares[i];
  }
  return shares.size() - 1;
}

std::string_view to_string(Source source) {
  switch (source) {
    case Source::All:
      return "all";
    case Source::Plan:
      return "plan";
    case Source::PrefixHolder:
      return "prefix_holder";
    case Source::PrefixHome:
      return "prefix_home";
    case Source::Random:
      return "random";
    case Source::Fallback:
      return "fallback";
  }
  return "unknown";
}

}  // namespace suan::scheduler
