#include "bench/baselines/baselines.h"

#include <algorithm>
#include <memory>
#include <string>

#include "bench/baselines/allowed.h"
#include "catalog/types/random.h"
#include "catalog/types/text.h"

namespace suan::bench {

namespace {

using scheduler::PlaceFunction;

constexpr size_t kBlocksMax = 16;  // 4 KiB of prompt: a system prompt, about

uint64_t id_of(const Asked& asked, const Allowed& one) {
  return asked.view.replicas()[one.index].replica.value();
}

/// Fewest requests in flight; the first of equals.
const Allowed& less_loaded(const std::vector<Allowed>& allowed) {
  return *std::ranges::min_element(allowed, {},
                                   [](const Allowed& each) { return each.load->in_flight; });
}

/// A policy that chooses among the allowed: at least one.
template <class Choose>
PlaceFunction choosing(Choose choose) {
  // Shared, since a std::function must be copyable; copies would count apart.
  auto allowed = std::make_shared<std::vector<Allowed>>();
  return [choose = std::move(choose), allowed](
             const RequestFacts& request, const scheduler::ClusterView& view,
             const scheduler::LoadTable& load, Time now, uint64_t draw,
             scheduler::Considered* refused) mutable -> Result<scheduler::Placement> {
    const Asked asked{request, view, load, now, draw};
    find_allowed(asked, *allowed);
    // Nobody may serve: ours says why, in the same words for all policies.
    if (allowed->empty()) return scheduler::place(request, view, load, now, draw, refused);
    return placement_on(asked, choose(asked, *allowed), static_cast<uint32_t>(allowed->size()));
  };
}

PlaceFunction make_suan() {
  return scheduler::place;
}

/// One after the other, by id, of those that may serve.
PlaceFunction make_round_robin() {
  auto last = std::make_shared<uint64_t>(0);
  return choosing(
      [last](const Asked& asked, const std::vector<Allowed>& allowed) -> const Allowed& {
        const Allowed* next = nullptr;
        const Allowed* first = &allowed.front();
        for (const Allowed& each : allowed) {
          const uint64_t id = id_of(asked, each);
          if (id < id_of(asked, *first)) first = &each;
          if (id > *last && (next == nullptr || id < id_of(asked, *next))) next = &each;
        }
        const Allowed& chosen = next == nullptr ? *first : *next;
        *last = id_of(asked, chosen);
        return chosen;
      });
}

PlaceFunction make_least_loaded() {
  return choosing([](const Asked&, const std::vector<Allowed>& allowed) -> const Allowed& {
    return less_loaded(allowed);
  });
}

/// Two at random, of them the one with fewer in flight (Mitzenmacher 2001).
PlaceFunction make_power_of_two() {
  return choosing(
      [](const Asked& asked, const std::vector<Allowed>& allowed) -> const Allowed& {
        Random random(asked.draw);
        const Allowed& one = allowed[random.below(allowed.size())];
        const Allowed& other = allowed[random.below(allowed.size())];
        return other.load->in_flight < one.load->in_flight ? other : one;
      });
}

/// The highest random weight of the prompt's beginning and a replica (Thaler and Ravishankar
/// 1998); prompts too short for a hash go where least is in flight.
PlaceFunction make_prefix_hash() {
  return choosing(
      [](const Asked& asked, const std::vector<Allowed>& allowed) -> const Allowed& {
        const auto& hashes = asked.request.prefix_hashes;
        if (hashes.empty()) return less_loaded(allowed);
        const uint64_t hash = hashes[std::min(hashes.size(), kBlocksMax) - 1];
        return *std::ranges::max_element(allowed, {}, [&](const Allowed& each) {
          return splitmix64(hash ^ splitmix64(id_of(asked, each)));
        });
      });
}

}  // namespace

const std::vector<Baseline>& baselines() {
  static const std::vector<Baseline> kAll = {
      {"suan", "this scheduler", make_suan},
      {"round_robin", "one replica after the other", make_round_robin},
      {"least_loaded", "fewest requests in flight", make_least_loaded},
      {"power_of_two", "two at random, of them the less loaded", make_power_of_two},
      {"prefix_hash", "by the prompt's beginning, rendezvous hashing", make_prefix_hash},
  };
  return kAll;
}

Result<Baseline> choose_baseline(std::string_view name) {
  std::vector<std::string_view> names;
  std::string listed;
  for (const Baseline& each : baselines()) {
    if (each.name == name) return each;
    names.push_back(each.name);
    listed += (listed.empty() ? "" : ", ") + std::string(each.name);
  }
  const std::string_view near = nearest(name, names);
  return fail_param(
      ErrorCode::BadRequest, "policy", "there is no policy {}; {}", printable(name, 40),
      near.empty() ? "there are " + listed : fmt::format("did you mean {}?", near));
}

}  // namespace suan::bench
