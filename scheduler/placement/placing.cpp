#include "scheduler/placement/placing.h"

#include <algorithm>

#include "catalog/types/random.h"

namespace suan::scheduler {

namespace {

constexpr uint32_t kFallbackMax = 512;  // replicas asked, when none of those drawn may serve

}  // namespace

// Large arrays are not set to zero first: only what has been set is read.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
Placing::Placing(const RequestFacts& request,
                 const ClusterView& view,
                 const ModelRow& model,
                 const LoadTable& load,
                 Time now,
                 uint64_t draw)
    : request_(request),
      view_(view),
      load_(load),
      now_(now),
      draw_(draw),
      work_(work_of(request, model)) {
  allow_sites(model);
}

bool Placing::run() {
  if (considered_.replicas_allowed == 0) {
    return false;
  }
  holder_ = load_.prefixes().find(request_.prefix_hashes, now_);
  const std::span allowed(allowed_.data(), allowed_count_);
  const auto drawn = draw_candidates(view_, allowed, request_.prefix_hashes, holder_, draw_);
  const auto found = look_up(drawn);
  considered_.candidates.reserve(drawn.size());
  for (size_t i = 0; i < drawn.size(); ++i) {
    consider(drawn[i], found[i], true);
  }
  if (!best_ && drawn.size() < considered_.replicas_allowed) {
    fall_back();
  }
  return best_.has_value();
}

Placement Placing::placement() && {
  const Candidate& chosen = considered_.candidates[*best_];
  const ReplicaRow& replica = view_.replicas()[chosen.index];
  const NodeRow& node = view_.node_of(replica);
  const uint32_t hit =
      std::min(cached_at(replica.replica).tokens, std::max(work_.prompt_tokens, 1U) - 1);
  Placement placement{.replica = replica.replica,
                      .node = node.node,
                      .site = view_.sites()[node.site].site,
                      .ttft_expected = Duration(chosen.terms.ttft_expected_us),
                      .demand = {.kv_tokens = work_.kv_tokens(replica.context_tokens),
                                 .prefill_tokens = work_.prompt_tokens - hit},
                      .prices = best_group_->prices,
                      .chosen = *best_,
                      .runner_up = second_,
                      .view_id = view_.view_id(),
                      .estimate_id = view_.estimates()[replica.estimate].estimate_id};
  if (second_) {
    placement.runner_up_gap_us =
        considered_.candidates[*second_].terms.score_us - chosen.terms.score_us;
  }
  considered_.binding = best_refused();
  placement.considered = std::move(considered_);
  return placement;
}

void Placing::allow_sites(const ModelRow& model) {
  for (const SiteGroup& group : view_.groups_of(model)) {
    if (const auto rule = site_refusal(request_, view_.sites()[group.site], group.prices)) {
      considered_.refused_sites.push_back({.site = group.site, .rule = *rule});
    } else {
      allowed_[allowed_count_++] = &group;
      considered_.replicas_allowed += group.end - group.begin;
    }
  }
}

// Finds all facts before any is used: among many replicas nearly each is a cache miss, and in
// short loops the processor waits for all of them at once instead of one after another.
std::array<Placing::LookedUp, kCandidatesMax> Placing::look_up(
    std::span<const Drawn> drawn) const {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
  std::array<LookedUp, kCandidatesMax> found;  // the first drawn.size() are set
  for (size_t i = 0; i < drawn.size(); ++i) {
    found[i].replica = &view_.replicas()[drawn[i].replica];
    __builtin_prefetch(found[i].replica);
    __builtin_prefetch(&found[i].replica->expected);
  }
  for (size_t i = 0; i < drawn.size(); ++i) {
    found[i].node = &view_.node_of(*found[i].replica);
    __builtin_prefetch(found[i].node);
    __builtin_prefetch(&found[i].node->state);
    found[i].load = load_.find(found[i].replica->replica);
  }
  return found;
}

void Placing::consider(const Drawn& drawn, const LookedUp& found, bool is_kept_if_refused) {
  const Question question{.request = request_,
                          .view = view_,
                          .group = *drawn.group,
                          .replica = *found.replica,
                          .node = *found.node,
                          .load = found.load,
                          .work = work_,
                          .now = now_};
  Candidate candidate{.replica = found.replica->replica,
                      .index = drawn.replica,
                      .source = drawn.source,
                      .refused = first_refusal(question)};
  if (candidate.refused) {
    count(question, *candidate.refused);
    if (!is_kept_if_refused) {
      return;
    }
  }
  static const Load kUnheard;
  candidate.terms =
      score(request_, work_, *found.replica, *found.node, drawn.group->prices,
            found.load == nullptr ? kUnheard : *found.load, cached_at(candidate.replica), now_);
  considered_.candidates.push_back(candidate);
  if (!candidate.refused) {
    rank(static_cast<uint32_t>(considered_.candidates.size() - 1), *drawn.group);
  }
}

void Placing::count(const Question& question, Rule rule) {
  ++considered_.replicas_refused;
  ++counts_.first[static_cast<size_t>(rule)];
  if (const auto wish = refusing_wish(question)) {
    ++counts_.wishes[static_cast<size_t>(*wish)];
  } else if (kind_of(rule) == RuleKind::Load) {
    ++counts_.by_load;
  } else {
    ++counts_.by_liveness;
  }
}

void Placing::rank(uint32_t index, const SiteGroup& group) {
  if (!best_ || is_better(index, *best_)) {
    second_ = best_;
    best_ = index;
    best_group_ = &group;
  } else if (!second_ || is_better(index, *second_)) {
    second_ = index;
  }
}

bool Placing::is_better(uint32_t a, uint32_t b) const {
  const Candidate& left = considered_.candidates[a];
  const Candidate& right = considered_.candidates[b];
  if (left.terms.score_us != right.terms.score_us) {
    return left.terms.score_us < right.terms.score_us;
  }
  return left.replica < right.replica;
}

// Everyone drawn refused: asks others in order from a drawn start, until twelve may serve.
void Placing::fall_back() {
  const uint32_t total = considered_.replicas_allowed;
  auto skip = static_cast<uint32_t>(splitmix64(draw_) % total);
  size_t at = 0;
  while (skip >= allowed_[at]->end - allowed_[at]->begin) {
    skip -= allowed_[at]->end - allowed_[at]->begin;
    ++at;
  }
  uint32_t replica = allowed_[at]->begin + skip;
  const size_t enough = considered_.candidates.size() + kCandidatesMax;
  for (uint32_t i = 0; i < std::min(total, kFallbackMax); ++i) {
    const auto is_drawn = [&](const Candidate& each) { return each.index == replica; };
    if (std::ranges::none_of(considered_.candidates, is_drawn)) {
      const Drawn next{.replica = replica, .group = allowed_[at], .source = Source::Fallback};
      consider(next, look_up({&next, 1}).front(), false);
    }
    if (considered_.candidates.size() == enough) {
      return;
    }
    if (++replica == allowed_[at]->end) {
      at = (at + 1) % allowed_count_;
      replica = allowed_[at]->begin;
    }
  }
}

CachedPrefix Placing::cached_at(const ReplicaId& replica) const {
  if (!holder_ || holder_->replica != replica) {
    return {};
  }
  const uint64_t tokens =
      uint64_t{holder_->blocks} * work_.prefix_tokens_per_block_milli / 1000;
  return {.tokens = static_cast<uint32_t>(tokens), .is_holder = true};
}

std::optional<Rule> Placing::best_refused() const {
  const Candidate* best = nullptr;
  for (const Candidate& each : considered_.candidates) {
    if (each.refused && (best == nullptr || each.terms.score_us < best->terms.score_us)) {
      best = &each;
    }
  }
  return best == nullptr ? std::nullopt : best->refused;
}

}  // namespace suan::scheduler
