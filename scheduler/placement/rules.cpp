#include "scheduler/placement/rules.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "scheduler/placement/scores.h"

namespace suan::scheduler {

namespace {

constexpr int64_t kQueuedPrefillNsMax = 1'000'000'000;  // push_room: one second of prompts

bool is_listed(const auto& list, const auto& item) {
  return std::ranges::find(list, item) != list.end();
}

bool has_slo(const RequestFacts& request) {
  return request.wishes.ttft_max.has_value() || request.wishes.tpot_max.has_value();
}

bool is_allowed_site(const RequestFacts& request, const SiteRow& site) {
  return request.wishes.sites.empty() || is_listed(request.wishes.sites, site.site);
}

bool is_allowed_region(const RequestFacts& request, const SiteRow& site) {
  return request.wishes.regions.empty() || is_listed(request.wishes.regions, site.region);
}

bool is_allowed_price(const RequestFacts& request, const Prices& prices) {
  const auto& price_max = request.wishes.price_n_per_token_max;
  return !price_max || prices.output_n_per_token <= *price_max;
}

bool keeps_slo(const Question& q, const Load& load) {
  const Wishes& wishes = q.request.wishes;
  const Prediction at = predict(q.work, q.replica.expected, q.node.round_trip, load.in_flight,
                                load.prefill_tokens_queued);
  return (!wishes.ttft_max || at.ttft_us <= wishes.ttft_max->count()) &&
         (!wishes.tpot_max || at.tpot_us <= wishes.tpot_max->count());
}

// The rules. Each answers: may this replica serve, as far as I am concerned?

bool model_served(const Question& q) {
  return q.group.begin < q.group.end;
}

bool not_excluded(const Question& q) {
  return !is_listed(q.request.excluded, q.replica.replica);
}

bool node_ready(const Question& q) {
  return q.replica.state == ReplicaState::Ready && takes_work(q.node.state) &&
         q.load != nullptr;
}

bool only_on_site(const Question& q) {
  return is_allowed_site(q.request, q.view.sites()[q.group.site]);
}

bool region(const Question& q) {
  return is_allowed_region(q.request, q.view.sites()[q.group.site]);
}

bool price_cap(const Question& q) {
  return is_allowed_price(q.request, q.group.prices);
}

bool capability(const Question& q) {
  return (!q.request.needs_tools || q.replica.can.tools) &&
         (!q.request.needs_schema || q.replica.can.schema) &&
         (!q.request.needs_logprobs || q.replica.can.logprobs);
}

// A replica that is still loading has not said how much it holds: it may come to fit.
bool context_fits(const Question& q) {
  const bool is_known = q.replica.context_tokens > 0;
  return !is_known || (q.work.prompt_tokens < q.replica.context_tokens &&
                       q.work.kv_tokens(q.replica.context_tokens) <= q.replica.kv_tokens_total);
}

// A node on probation has only its own word for its speed.
bool trusted(const Question& q) {
  return !has_slo(q.request) || q.node.state != NodeState::Probation;
}

bool breaker_closed(const Question& q) {
  return !q.load->breaker.is_open(q.now);
}

bool kv_room(const Question& q) {
  const uint64_t needed = q.work.kv_tokens(q.replica.context_tokens);
  return q.load->kv_tokens_taken + needed <= q.load->kv_tokens_total;
}

bool push_room(const Question& q) {
  const int64_t queued_ns =
      q.load->prefill_tokens_queued * q.replica.expected.prefill_ns_per_token;
  return q.load->in_flight < q.load->slots && queued_ns <= kQueuedPrefillNsMax;
}

bool slo_possible(const Question& q) {
  return !has_slo(q.request) || keeps_slo(q, *q.load);
}

struct NamedRule {
  Rule rule;
  bool (*allows)(const Question&);
  RuleKind kind;
  std::string_view name;
  std::string_view sentence;
};

using enum Rule;
using enum RuleKind;

// All rules, in the order in which they are asked. A rule may rely on those above it:
// after node_ready there is a load.
constexpr std::array kRules = {
    NamedRule{ModelServed, model_served, Wish, "model_served", "it does not serve the model"},
    NamedRule{NotExcluded, not_excluded, Liveness, "not_excluded",
              "it has failed this request before"},
    NamedRule{NodeReady, node_ready, Liveness, "node_ready",
              "its node or replica is not ready for work"},
    NamedRule{OnlyOnSite, only_on_site, Wish, "only_on_site",
              "the request asks for other sites"},
    NamedRule{Region, region, Wish, "region", "the request asks for other regions"},
    NamedRule{PriceCap, price_cap, Wish, "price_cap", "its price is above the request's limit"},
    NamedRule{Capability, capability, Wish, "capability",
              "it lacks a feature that the request needs (tools, schema or logprobs)"},
    NamedRule{ContextFits, context_fits, Wish, "context_fits",
              "the request is longer than its context or its whole cache"},
    NamedRule{Trusted, trusted, Wish, "trusted",
              "the request has time limits, and the node's speed is not proven yet"},
    NamedRule{BreakerClosed, breaker_closed, Liveness, "breaker_closed",
              "it failed several times in a row and rests"},
    NamedRule{KvRoom, kv_room, RuleKind::Load, "kv_room", "its cache has no room now"},
    NamedRule{PushRoom, push_room, RuleKind::Load, "push_room",
              "its slots are busy or its queue of prompts is long"},
    NamedRule{SloPossible, slo_possible, RuleKind::Load, "slo_possible",
              "it would miss the request's time limits"},
};

const NamedRule& named(Rule rule) {
  const NamedRule& entry = kRules[static_cast<size_t>(rule)];
  assert(entry.rule == rule);
  return entry;
}

}  // namespace

std::optional<Rule> first_refusal(const Question& question) {
  for (const NamedRule& entry : kRules) {
    if (!entry.allows(question)) {
      return entry.rule;
    }
  }
  return std::nullopt;
}

std::optional<Rule> refusing_wish(const Question& question) {
  for (const NamedRule& entry : kRules) {
    if (entry.kind == Wish && !entry.allows(question)) {
      return entry.rule;
    }
  }
  if (has_slo(question.request) && !keeps_slo(question, suan::scheduler::Load{})) {
    return SloPossible;
  }
  return std::nullopt;
}

std::optional<Rule> site_refusal(const RequestFacts& request,
                                 const SiteRow& site,
                                 const Prices& prices) {
  if (!is_allowed_site(request, site)) {
    return OnlyOnSite;
  }
  if (!is_allowed_region(request, site)) {
    return Region;
  }
  if (!is_allowed_price(request, prices)) {
    return PriceCap;
  }
  return std::nullopt;
}

RuleKind kind_of(Rule rule) {
  return named(rule).kind;
}

std::string_view to_string(Rule rule) {
  return named(rule).name;
}

std::string_view explain(Rule rule) {
  return named(rule).sentence;
}

}  // namespace suan::scheduler
