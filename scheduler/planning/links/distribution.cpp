#include "scheduler/planning/links/distribution.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "catalog/types/text.h"
#include "scheduler/planning/links/route_finder.h"

namespace suan::scheduler {
namespace {

constexpr int64_t kTransferSecondsMax = 365LL * 86'400;

int64_t divided_up(int64_t dividend, int64_t divisor) {
  return dividend / divisor + (dividend % divisor != 0 ? 1 : 0);
}

/// Requires: the rate is at least that of a transfer of a year.
Duration transfer_time(int64_t bytes, int64_t bytes_per_s) {
  __extension__ using Wide = __int128;
  const Wide us = (Wide{bytes} * 1'000'000 + bytes_per_s - 1) / bytes_per_s;
  return Duration(static_cast<int64_t>(us));
}

std::optional<Error> mistake_of(const LinkNetwork& network, const DistributionWish& wish) {
  const auto bad = [](std::string message) {
    return Error{ErrorCode::BadRequest, std::move(message)};
  };
  const auto is_unknown = [&](uint32_t site) { return site >= network.sites().size(); };
  if (wish.bytes < 1 || wish.bytes > DistributionWish::kBytesMax) {
    return bad(fmt::format("{} bytes of weights are not within 1 to {}", wish.bytes,
                           DistributionWish::kBytesMax));
  }
  if (wish.link_share_percent < 1 || wish.link_share_percent > 100) {
    return bad(fmt::format("a share of {} % of a link is not within 1 to 100",
                           wish.link_share_percent));
  }
  if (wish.holders.empty()) return bad("no site has the weights");
  if (std::ranges::any_of(wish.holders, is_unknown) ||
      std::ranges::any_of(wish.targets, is_unknown)) {
    return bad("a holder or a target is no site of the network");
  }
  return std::nullopt;
}

class Distributor {
 public:
  Distributor(const LinkNetwork& network, const DistributionWish& wish)
      : network_(network),
        bytes_(wish.bytes),
        rate_min_(divided_up(wish.bytes, kTransferSecondsMax)),
        finder_(network),
        holders_(wish.holders),
        waiting_(wish.targets.begin(), wish.targets.end()) {
    for (const SiteLink& link : network.links()) {
      const int64_t share = link.bytes_per_s.value_or(0) * wish.link_share_percent / 100;
      shares_.insert(shares_.end(), 2, share >= rate_min_ ? share : 0);
    }
    room_ = shares_;
    busy_until_.resize(shares_.size());
    for (const uint32_t holder : holders_)
      waiting_.erase(holder);
  }

  Distribution run() {
    for (;;) {
      start_all_that_gain();
      if (running_.empty()) break;
      go_on_to_next_end();
    }
    tell_unreached();
    return std::move(told_);
  }

 private:
  struct Choice {
    uint32_t target = 0;
    int64_t bytes_per_s = 0;
    Duration finishes{};
  };

  void start_all_that_gain() {
    if (waiting_.empty()) return;
    const WideWays whole = finder_.widest(holders_, shares_);
    while (const auto choice = next_to_start(whole))
      start(*choice);
  }

  /// The target that is served first when it starts now; only targets that gain by starting now.
  std::optional<Choice> next_to_start(const WideWays& whole) const {
    const WideWays left = finder_.widest(holders_, room_);
    std::optional<Choice> best;
    for (const uint32_t target : waiting_) {
      const int64_t rate = left.width[target];
      if (rate < rate_min_) continue;
      const Duration finishes = now_ + transfer_time(bytes_, rate);
      if (finishes > finish_when_waiting(whole, target)) continue;
      if (!best || finishes < best->finishes) best = Choice{target, rate, finishes};
    }
    return best;
  }

  Duration finish_when_waiting(const WideWays& whole, uint32_t target) const {
    Duration starts = now_;
    uint32_t site = target;
    for (uint32_t arc = whole.arc[site]; arc != WideWays::kNoArc; arc = whole.arc[site]) {
      starts = std::max(starts, busy_until_[arc]);
      site = finder_.tail(arc);
    }
    return starts + transfer_time(bytes_, whole.width[target]);
  }

  void start(const Choice& choice) {
    WeightTransfer transfer;
    transfer.path = *finder_.quickest(holders_, choice.target, room_, choice.bytes_per_s);
    transfer.bytes_per_s = choice.bytes_per_s;
    transfer.starts = now_;
    transfer.finishes = choice.finishes + transfer.path.one_way;
    for (const uint32_t arc : arcs_of(transfer.path)) {
      room_[arc] -= choice.bytes_per_s;
      busy_until_[arc] = std::max(busy_until_[arc], transfer.finishes);
    }
    waiting_.erase(choice.target);
    running_.push_back(transfer);
    told_.transfers.push_back(std::move(transfer));
  }

  /// All transfers that end next give back their room, and their targets hold the weights.
  void go_on_to_next_end() {
    now_ = std::ranges::min_element(running_, {}, &WeightTransfer::finishes)->finishes;
    for (const WeightTransfer& transfer : running_) {
      if (transfer.finishes != now_) continue;
      holders_.push_back(transfer.path.sites.back());
      for (const uint32_t arc : arcs_of(transfer.path))
        room_[arc] += transfer.bytes_per_s;
    }
    std::erase_if(running_,
                  [&](const WeightTransfer& transfer) { return transfer.finishes == now_; });
  }

  std::vector<uint32_t> arcs_of(const LinkPath& path) const {
    std::vector<uint32_t> arcs;
    for (size_t i = 0; i < path.links.size(); ++i) {
      const uint32_t arc = 2 * path.links[i];
      arcs.push_back(finder_.tail(arc) == path.sites[i] ? arc : arc + 1);
    }
    return arcs;
  }

  void tell_unreached() {
    if (waiting_.empty()) return;
    std::vector<int64_t> any(shares_.size(), 1);
    std::vector<int64_t> known;
    for (const SiteLink& link : network_.links())
      known.insert(known.end(), 2, link.bytes_per_s.value_or(0));
    const WideWays over_any = finder_.widest(holders_, any);
    const WideWays over_known = finder_.widest(holders_, known);
    for (const uint32_t target : waiting_) {
      const std::string site = printable(network_.sites()[target].value(), 80);
      std::string reason =
          fmt::format("on every way to {} one transfer would take more than a year", site);
      if (over_known.width[target] == 0) {
        reason = fmt::format("every way to {} has a link of unknown or no capacity", site);
      }
      if (over_any.width[target] == 0) {
        reason = fmt::format("no way leads from a site that has the weights to {}", site);
      }
      told_.unreached.push_back({target, std::move(reason)});
    }
  }

  const LinkNetwork& network_;
  const int64_t bytes_;
  const int64_t rate_min_;
  RouteFinder finder_;
  std::vector<int64_t> shares_;  // per arc, bytes/s; 0 where it would take more than a year
  std::vector<int64_t> room_;    // what running transfers leave of it
  std::vector<Duration> busy_until_;
  std::vector<uint32_t> holders_;
  std::set<uint32_t> waiting_;
  std::vector<WeightTransfer> running_;
  Duration now_{};
  Distribution told_;
};

}  // namespace

Result<Distribution> distribute(const LinkNetwork& network, const DistributionWish& wish) {
  if (const auto mistake = mistake_of(network, wish)) return forward(*mistake);
  return Distributor(network, wish).run();
}

}  // namespace suan::scheduler
