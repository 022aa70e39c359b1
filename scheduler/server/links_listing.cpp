#include "scheduler/server/links_listing.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "scheduler/placement/site_graph.h"
#include "scheduler/planning/links/bottleneck.h"
#include "scheduler/planning/links/cut_points.h"
#include "scheduler/server/json_text.h"
#include "scheduler/server/known_links.h"
#include "scheduler/server/told_links.h"

namespace suan::scheduler {

namespace {

using Pair = KnownLinks::key_type;

/// A flow is work in proportion to the links, one for each site that has a line to another one: at
/// the limit some 15 ms.
constexpr size_t kFlowsTimesLinksMax = 20'000;

// An answer has to fit into a message of 1 MiB, beside the envelope.
constexpr size_t kAnswerBytesMax = 1'000'000;
constexpr size_t kPlacesWithAllPairsMax = 150;
// Ways from each place are looked for anew: at the limit some 10 ms of the loop.
constexpr size_t kPlacesTimesLinesMax = 32'000;
constexpr size_t kLinesListedMax = 4'000;

class LinksListing {
 public:
  explicit LinksListing(const ServerCore& core)
      : links_(known_links(core)), places_(places(core, links_)) {
    std::vector<ToldLink> told;
    for (const auto& [ends, link] : links_)
      told.push_back(link);
    auto network = LinkNetwork::make(places_, told);
    if (!network) {
      add_note(network.error().message);
      return;
    }
    network_ = *std::move(network);
    points_ = cut_points(*network_);
    const auto groups = components(*network_);
    if (!groups.empty()) reached_ = {groups[0].begin(), groups[0].end()};
    for (const Bridge& bridge : points_.bridges)
      bridges_.insert(ends_of(bridge.link));
    find_bottlenecks();
  }

  /// As much as fits into a message.
  std::string text() {
    std::string all;
    if (places_.size() <= kPlacesWithAllPairsMax &&
        places_.size() * links_.size() <= kPlacesTimesLinesMax) {
      all = write(true);
    }
    if (!all.empty() && all.size() <= kAnswerBytesMax) return all;
    add_note("round trips are told of lines alone: all pairs are too many");
    if (links_.size() > kLinesListedMax)
      add_note(fmt::format("{} of {} lines are told", kLinesListedMax, links_.size()));
    all = write(false);
    if (all.size() <= kAnswerBytesMax) return all;
    add_note("what the lines mean would not fit");
    network_.reset();
    bottlenecks_.reset();
    return write(false);
  }

 private:
  void add_note(const std::string& sentence) {
    note_ += (note_.empty() ? "" : "; ") + sentence;
  }

  void find_bottlenecks() {
    std::set<uint32_t> asked;
    for (const SiteLink& link : network_->links()) {
      if (link.a != 0 && link.b != 0) asked.insert({link.a, link.b});
    }
    if (asked.size() * links_.size() > kFlowsTimesLinksMax) {
      return add_note(
          fmt::format("bottlenecks are not told: {} sites with lines to others times "
                      "{} lines are more than {}",
                      asked.size(), links_.size(), kFlowsTimesLinksMax));
    }
    bottlenecks_.emplace();
    for (uint32_t site = 1; site < places_.size(); ++site)
      bottlenecks_->push_back(bottleneck(*network_, {0}, {site}));
  }

  std::string write(bool has_all_pairs) {
    json_ = JsonText();
    json_.begin_object().key("items").begin_array();
    has_all_pairs ? write_round_trips() : write_lines();
    json_.end_array().key("next").null().field("centre", kControl);
    write_bridges();
    write_cut_sites();
    write_components();
    write_bottlenecks();
    json_.key("note");
    note_.empty() ? json_.null() : json_.value(note_);
    json_.end_object();
    return json_.take();
  }

  Pair ends_of(uint32_t link) const {
    const SiteLink& told = network_->links()[link];
    const auto [lesser, greater] = std::minmax(places_[told.a], places_[told.b]);
    return {lesser, greater};
  }

  void write_round_trips() {
    SiteGraph graph;
    for (const SiteId& place : places_)
      graph.add_site(place);
    for (const auto& [ends, link] : links_)
      graph.add_link(ends.first, ends.second, link.one_way);
    for (const SiteId& from : places_) {
      for (const auto& [to, round_trip] : graph.round_trips_from(from)) {
        if (from < to) write_round_trip({from, to}, round_trip);
      }
    }
  }

  void write_lines() {
    size_t listed = 0;
    for (const auto& [ends, link] : links_) {
      if (++listed > kLinesListedMax) return;
      write_round_trip(ends, 2 * link.one_way);
    }
  }

  /// The shortest way's; where it is a line too, what is known of that.
  void write_round_trip(const Pair& ends, Duration round_trip) {
    json_.begin_object()
        .field("source", ends.first.value())
        .field("destination", ends.second.value())
        .field("rtt_ms_p50", to_ms(round_trip));
    if (const auto link = links_.find(ends); link != links_.end()) {
      json_.key("is_bridge");
      network_ ? json_.value(bridges_.contains(ends)) : json_.null();
      json_.field("bytes_per_s", link->second.bytes_per_s)
          .field("price_n_per_gib", link->second.price_n_per_gib);
    }
    json_.end_object();
  }

  void write_bridges() {
    json_.key("bridges");
    if (!network_) return static_cast<void>(json_.null());
    json_.begin_array();
    for (const Bridge& bridge : points_.bridges) {
      if (!reached_.contains(network_->links()[bridge.link].a)) continue;
      json_.begin_object();
      write_ends(bridge.link);
      json_.key("cut_off");
      write_sites(bridge.parts.back());  // the part without the centre
      json_.end_object();
    }
    json_.end_array();
  }

  void write_cut_sites() {
    json_.key("cut_sites");
    if (!network_) return static_cast<void>(json_.null());
    json_.begin_array();
    for (const CutSite& cut : points_.sites) {
      if (!reached_.contains(cut.site)) continue;
      json_.begin_object().field("site", places_[cut.site].value()).key("parts");
      write_parts(cut.parts);
      json_.end_object();
    }
    json_.end_array();
  }

  void write_components() {
    json_.key("components");
    if (!network_) return static_cast<void>(json_.null());
    write_parts(components(*network_));
  }

  void write_bottlenecks() {
    json_.key("bottlenecks");
    if (!bottlenecks_) return static_cast<void>(json_.null());
    json_.begin_array();
    for (uint32_t site = 1; site < places_.size(); ++site) {
      const Bottleneck& found = (*bottlenecks_)[site - 1];
      json_.begin_object()
          .field("site", places_[site].value())
          .field("bytes_per_s", found.bytes_per_s())
          .field("bytes_per_s_at_most", found.bytes_per_s_at_most)
          .key("links")
          .begin_array();
      for (const uint32_t link : found.cut) {
        json_.begin_object();
        write_ends(link);
        json_.end_object();
      }
      json_.end_array().end_object();
    }
    json_.end_array();
  }

  void write_ends(uint32_t link) {
    const Pair ends = ends_of(link);
    json_.field("source", ends.first.value()).field("destination", ends.second.value());
  }

  void write_sites(const SiteSet& sites) {
    json_.begin_array();
    for (const uint32_t site : sites)
      json_.value(places_[site].value());
    json_.end_array();
  }

  void write_parts(const std::vector<SiteSet>& parts) {
    json_.begin_array();
    for (const SiteSet& part : parts)
      write_sites(part);
    json_.end_array();
  }

  const KnownLinks links_;
  const std::vector<SiteId> places_;
  std::optional<LinkNetwork> network_;  // nothing: `note_` says why
  CutPoints points_;
  std::set<Pair> bridges_;
  std::set<uint32_t>
      reached_;  // from the centre; of the others it is only told that they are apart
  std::optional<std::vector<Bottleneck>> bottlenecks_;  // of places 1, 2, ... from the centre
  std::string note_;
  JsonText json_;
};

}  // namespace

std::string links_json(const ServerCore& core) {
  return LinksListing(core).text();
}

}  // namespace suan::scheduler
