#pragma once

#include <array>
#include <optional>
#include <span>

#include "scheduler/placement/place.h"
#include "scheduler/placement/refusal.h"

namespace suan::scheduler {

/// One request being placed: what is allowed, what was looked at, and how it ended.
///
/// All references must outlive it; used within one call of `place()`.
class Placing {
 public:
  Placing(const RequestFacts& request,
          const ClusterView& view,
          const ModelRow& model,
          const LoadTable& load,
          Time now,
          uint64_t draw);

  /// Draws, asks and scores; true: some replica may serve.
  bool run();

  /// Requires: run() was true.
  [[nodiscard]] Placement placement() &&;

  [[nodiscard]] Considered& considered() { return considered_; }

  [[nodiscard]] const RefusalCounts& counts() const { return counts_; }

 private:
  /// Where a replica's facts lie.
  struct LookedUp {
    const ReplicaRow* replica;
    const NodeRow* node;
    const Load* load;  // null: nothing was heard of it
  };

  void allow_sites(const ModelRow& model);
  [[nodiscard]] std::array<LookedUp, kCandidatesMax> look_up(
      std::span<const Drawn> drawn) const;
  void consider(const Drawn& drawn, const LookedUp& found, bool is_kept_if_refused);
  void count(const Question& question, Rule rule);
  void rank(uint32_t index, const SiteGroup& group);
  [[nodiscard]] bool is_better(uint32_t a, uint32_t b) const;
  void fall_back();
  [[nodiscard]] CachedPrefix cached_at(const ReplicaId& replica) const;
  [[nodiscard]] std::optional<Rule> best_refused() const;

  const RequestFacts& request_;
  const ClusterView& view_;
  const LoadTable& load_;
  Time now_;
  uint64_t draw_;
  Work work_;
  std::optional<PrefixHolder> holder_;
  std::array<const SiteGroup*, kSitesMax> allowed_;  // the first allowed_count_ are set
  uint32_t allowed_count_ = 0;
  Considered considered_;
  RefusalCounts counts_;
  std::optional<uint32_t> best_;
  std::optional<uint32_t> second_;
  const SiteGroup* best_group_ = nullptr;
};

}  // namespace suan::scheduler
