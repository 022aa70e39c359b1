#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "scheduler/placement/explain.h"

namespace suan::scheduler {

namespace {

/// One part of a score, weighed by the policy.
struct Part {
  std::string_view name;
  int64_t us = 0;
};

std::array<Part, 7> weighed_parts(const Terms& terms, Policy policy) {
  const PolicyWeights weights = weights_of(policy);
  const auto weigh = [](int64_t weight_milli, int64_t value) {
    return weight_milli * value / 1000;
  };
  return {{{"round trip", weigh(weights.ttft_milli, terms.round_trip_us)},
           {"queue", weigh(weights.ttft_milli, terms.queue_us)},
           {"prompt processing", weigh(weights.ttft_milli, terms.prefill_us)},
           {"generation", weigh(weights.output_milli, terms.output_us)},
           {"price", weigh(weights.price_milli, terms.price_n + terms.shadow_price_n)},
           {"penalties", terms.penalty_us},
           {"cached prompt", -terms.home_us}}};
}

/// The part by which `loser` lost most, such as "generation".
std::string_view main_difference(const Terms& winner, const Terms& loser, Policy policy) {
  const auto ours = weighed_parts(winner, policy);
  const auto theirs = weighed_parts(loser, policy);
  size_t worst = 0;
  for (size_t i = 1; i < ours.size(); ++i) {
    if (theirs[i].us - ours[i].us > theirs[worst].us - ours[worst].us) {
      worst = i;
    }
  }
  return ours[worst].name;
}

/// "0.4 ms", "31 ms", "2.1 s".
std::string spoken(int64_t us) {
  if (us < 10'000) {
    return fmt::format("{:.1f} ms", static_cast<double>(us) / 1e3);
  }
  if (us < 10'000'000) {
    return fmt::format("{} ms", us / 1000);
  }
  return fmt::format("{:.1f} s", static_cast<double>(us) / 1e6);
}

std::string expected_first_token(const Placement& placement, const ReplicaRow& replica) {
  const Terms& terms = placement.considered.candidates[placement.chosen].terms;
  const int64_t prefill_us =
      placement.demand.prefill_tokens * replica.expected.prefill_ns_per_token / 1000;
  const int64_t queue_us = terms.ttft_expected_us - terms.round_trip_us - prefill_us;
  return fmt::format("first token expected after {} ({} round trip, {} queue, {} prompt)",
                     spoken(terms.ttft_expected_us), spoken(terms.round_trip_us),
                     spoken(std::max<int64_t>(queue_us, 0)), spoken(prefill_us));
}

std::string about_runner_up(const RequestFacts& request,
                            const Placement& placement,
                            const ClusterView& view) {
  const auto& candidates = placement.considered.candidates;
  if (!placement.runner_up) {
    if (!placement.considered.binding) {
      return "the only replica there is";
    }
    return fmt::format("the only one that may serve; another was refused because {}",
                       explain(*placement.considered.binding));
  }
  const Candidate& second = candidates[*placement.runner_up];
  const ReplicaRow& replica = view.replicas()[second.index];
  const std::string where = fmt::format("{} at {}", view.node_of(replica).node.value(),
                                        view.site_of(replica).site.value());
  if (placement.runner_up_gap_us == 0) {
    return fmt::format("{} scores the same and has the higher replica id", where);
  }
  return fmt::format(
      "{} scores worse by {}, most by {}", where, spoken(placement.runner_up_gap_us),
      main_difference(candidates[placement.chosen].terms, second.terms, request.wishes.policy));
}

}  // namespace

std::string reason(const RequestFacts& request,
                   const Placement& placement,
                   const ClusterView& view) {
  const Candidate& chosen = placement.considered.candidates[placement.chosen];
  const ReplicaRow& replica = view.replicas()[chosen.index];
  const Estimate& estimate = view.estimates()[replica.estimate];
  std::string text = fmt::format("{}: {}, then {} a token; {}", placement.site.value(),
                                 expected_first_token(placement, replica),
                                 spoken(chosen.terms.tpot_expected_us),
                                 about_runner_up(request, placement, view));
  if (chosen.terms.home_us > 0) {
    text += "; it holds the prompt's beginning";
  }
  if (!estimate.run_ids.empty()) {
    text += fmt::format("; measured by {}", estimate.run_ids.front());
  }
  return text;
}

}  // namespace suan::scheduler
