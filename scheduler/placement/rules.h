#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "catalog/types/request.h"
#include "scheduler/placement/cluster_view.h"
#include "scheduler/placement/load_table.h"
#include "scheduler/placement/work.h"

namespace suan::scheduler {

/// Why a replica may not serve a request; in the order in which they are asked.
enum class Rule : uint8_t {
  ModelServed,
  NotExcluded,
  NodeReady,
  OnlyOnSite,
  Region,
  PriceCap,
  Capability,
  ContextFits,
  Trusted,
  BreakerClosed,
  KvRoom,
  PushRoom,
  SloPossible,
};

/// What kind of refusal it is, and so what the requester can do about it.
enum class RuleKind : uint8_t {
  Wish,      // the request asks for it: only changing the wish helps
  Liveness,  // the replica is away: another may serve
  Load,      // full now: waiting helps
};

/// One replica beside the request that might run there.
struct Question {
  const RequestFacts& request;
  const ClusterView& view;
  const SiteGroup& group;
  const ReplicaRow& replica;
  const NodeRow& node;
  const Load* load = nullptr;  // null: it has told nothing yet
  const Work& work;
  Time now;
};

/// The first rule that refuses the replica; nothing: it may serve.
[[nodiscard]] std::optional<Rule> first_refusal(const Question& question);

/// The first wish that refuses a whole site, asked once per site instead of per replica:
/// OnlyOnSite, Region or PriceCap.
[[nodiscard]] std::optional<Rule> site_refusal(const RequestFacts& request,
                                               const SiteRow& site,
                                               const Prices& prices);

/// The first wish that this replica can never meet, whatever its load; a TTFT or TPOT that it
/// would miss even when idle counts as one.
[[nodiscard]] std::optional<Rule> refusing_wish(const Question& question);

[[nodiscard]] RuleKind kind_of(Rule rule);

/// `only_on_site`, ...: the name in JSON and logs.
[[nodiscard]] std::string_view to_string(Rule rule);

/// One sentence for a person: "the request asks for other sites".
[[nodiscard]] std::string_view explain(Rule rule);

}  // namespace suan::scheduler
