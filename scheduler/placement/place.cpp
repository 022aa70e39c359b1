#include "scheduler/placement/place.h"

#include <algorithm>
#include <array>

#include "catalog/types/random.h"
#include "scheduler/placement/refusal.h"

namespace suan::scheduler {

namespace {

constexpr uint32_t kFallbackMax = 512;  // replicas asked, when none of those drawn may serve

/// One request being placed: what is allowed, what was looked at, and how it ended.
class Placing {
 public:
  Placing(const RequestFacts& request,
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

  /// Draws, asks and scores; true: some replica may serve.
  bool run() {
    if (considered_.replicas_allowed == 0) {
      return false;
    }
    holder_ = load_.prefixes().find(request_.prefix_hashes, now_);
    const std::span allowed(allowed_.data(), allowed_count_);
    const auto drawn = draw_candidates(view_, allowed, request_.prefix_hashes, holder_, draw_);
    considered_.candidates.reserve(drawn.size());
    for (const Drawn& each : drawn) {
      consider(each, true);
    }
    if (!best_ && drawn.size() < considered_.replicas_allowed) {
      fall_back();
    }
    return best_.has_value();
  }

  /// Requires: run() was true.
  Placement placement() && {
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

  Considered& considered() { return considered_; }

  const RefusalCounts& counts() const { return counts_; }

 private:
  void allow_sites(const ModelRow& model) {
    for (const SiteGroup& group : view_.groups_of(model)) {
      if (const auto rule = site_refusal(request_, view_.sites()[group.site], group.prices)) {
        considered_.refused_sites.push_back({.site = group.site, .rule = *rule});
      } else {
        allowed_[allowed_count_++] = &group;
        considered_.replicas_allowed += group.end - group.begin;
      }
    }
  }

  void consider(const Drawn& drawn, bool is_kept_if_refused) {
    const ReplicaRow& replica = view_.replicas()[drawn.replica];
    const NodeRow& node = view_.node_of(replica);
    const Load* load = load_.find(replica.replica);
    const Question question{.request = request_,
                            .view = view_,
                            .group = *drawn.group,
                            .replica = replica,
                            .node = node,
                            .load = load,
                            .work = work_,
                            .now = now_};
    Candidate candidate{.replica = replica.replica,
                        .index = drawn.replica,
                        .source = drawn.source,
                        .refused = first_refusal(question)};
    if (candidate.refused) {
      count(question, *candidate.refused);
      if (!is_kept_if_refused) {
        return;
      }
    }
    candidate.terms = score(request_, work_, replica, node, drawn.group->prices,
                            load == nullptr ? Load{} : *load, cached_at(replica.replica), now_);
    considered_.candidates.push_back(candidate);
    if (!candidate.refused) {
      rank(static_cast<uint32_t>(considered_.candidates.size() - 1), *drawn.group);
    }
  }

  void rank(uint32_t index, const SiteGroup& group) {
    if (!best_ || is_better(index, *best_)) {
      second_ = best_;
      best_ = index;
      best_group_ = &group;
    } else if (!second_ || is_better(index, *second_)) {
      second_ = index;
    }
  }

  [[nodiscard]] bool is_better(uint32_t a, uint32_t b) const {
    const Candidate& left = considered_.candidates[a];
    const Candidate& right = considered_.candidates[b];
    if (left.terms.score_us != right.terms.score_us) {
      return left.terms.score_us < right.terms.score_us;
    }
    return left.replica < right.replica;
  }

  void count(const Question& question, Rule rule) {
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

  /// Everyone drawn refused: asks others in order from a drawn start, until twelve may serve.
  void fall_back() {
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
        consider({.replica = replica, .group = allowed_[at], .source = Source::Fallback},
                 false);
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

  [[nodiscard]] CachedPrefix cached_at(const ReplicaId& replica) const {
    if (!holder_ || holder_->replica != replica) {
      return {};
    }
    const uint64_t tokens =
        uint64_t{holder_->blocks} * work_.prefix_tokens_per_block_milli / 1000;
    return {.tokens = static_cast<uint32_t>(tokens), .is_holder = true};
  }

  [[nodiscard]] std::optional<Rule> best_refused() const {
    const Candidate* best = nullptr;
    for (const Candidate& each : considered_.candidates) {
      if (each.refused && (best == nullptr || each.terms.score_us < best->terms.score_us)) {
        best = &each;
      }
    }
    return best == nullptr ? std::nullopt : best->refused;
  }

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

/// The first wish that alone stands in the way: each is tried.
std::optional<Rule> helping_wish(const RequestFacts& request,
                                 const ClusterView& view,
                                 const ModelRow& model,
                                 const LoadTable& load,
                                 Time now,
                                 uint64_t draw) {
  const auto helps = [&](auto wish) {
    RequestFacts without = request;
    wish(without.wishes) = {};
    return Placing(without, view, model, load, now, draw).run();
  };
  const Wishes& wishes = request.wishes;
  if (!wishes.sites.empty() && helps([](Wishes & all) -> auto& { return all.sites; })) {
    return Rule::OnlyOnSite;
  }
  if (!wishes.regions.empty() && helps([](Wishes & all) -> auto& { return all.regions; })) {
    return Rule::Region;
  }
  if (wishes.price_n_per_token_max &&
      helps([](Wishes & all) -> auto& { return all.price_n_per_token_max; })) {
    return Rule::PriceCap;
  }
  if ((wishes.ttft_max && helps([](Wishes & all) -> auto& { return all.ttft_max; })) ||
      (wishes.tpot_max && helps([](Wishes & all) -> auto& { return all.tpot_max; }))) {
    return Rule::SloPossible;
  }
  return std::nullopt;
}

}  // namespace

Result<Placement> place(const RequestFacts& request,
                        const ClusterView& view,
                        const LoadTable& load,
                        Time now,
                        uint64_t draw,
                        Considered* refused) {
  const ModelRow* model = view.find_model(request.model);
  if (model == nullptr) {
    return fail_param(ErrorCode::UnknownModel, "model", "there is no model {} in this network",
                      request.model.value());
  }
  Placing placing(request, view, *model, load, now, draw);
  if (placing.run()) {
    return std::move(placing).placement();
  }
  Considered& considered = placing.considered();
  const auto wish = helping_wish(request, view, *model, load, now, draw);
  considered.binding = wish ? wish : commonest(placing.counts().first);
  const Error error = refusal_error(request, view, *model, considered, placing.counts(), wish);
  if (refused != nullptr) {
    *refused = std::move(considered);
  }
  return forward(error);
}

}  // namespace suan::scheduler
