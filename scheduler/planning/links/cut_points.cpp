#include "scheduler/planning/links/cut_points.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>

namespace suan::scheduler {
namespace {

using Ends = std::pair<uint32_t, uint32_t>;  // the lesser first

/// The links between one pair of sites.
struct Bundle {
  uint32_t first = 0;
  uint32_t links = 0;
};

/// Boost takes a parallel link for the way it came and a loop for a way back: both go first.
std::map<Ends, Bundle> bundles_of(const LinkNetwork& network) {
  std::map<Ends, Bundle> bundles;
  for (uint32_t i = 0; i < network.links().size(); ++i) {
    const SiteLink& link = network.links()[i];
    if (link.a == link.b) continue;
    const auto [found, is_new] = bundles.try_emplace(std::minmax(link.a, link.b), Bundle{i, 0});
    ++found->second.links;
  }
  return bundles;
}

/// Walks over what is left when a link or a site is gone.
class Remains {
 public:
  Remains(size_t sites, const std::map<Ends, Bundle>& bundles) : neighbours_(sites) {
    for (const auto& [ends, bundle] : bundles) {
      neighbours_[ends.first].push_back(ends.second);
      neighbours_[ends.second].push_back(ends.first);
    }
  }

  std::vector<SiteSet> without_link(const Ends& gone) const {
    return parts_from({gone.first, gone.second}, std::nullopt, gone);
  }

  std::vector<SiteSet> without_site(uint32_t gone) const {
    return parts_from(neighbours_[gone], gone, std::nullopt);
  }

 private:
  std::vector<SiteSet> parts_from(const std::vector<uint32_t>& starts,
                                  std::optional<uint32_t> gone_site,
                                  std::optional<Ends> gone_link) const {
    std::vector<bool> is_seen(neighbours_.size());
    if (gone_site) is_seen[*gone_site] = true;
    std::vector<SiteSet> parts;
    for (const uint32_t start : starts) {
      if (is_seen[start]) continue;
      SiteSet part{start};
      is_seen[start] = true;
      for (size_t i = 0; i < part.size(); ++i) {
        const uint32_t site = part[i];
        for (const uint32_t next : neighbours_[site]) {
          if (is_seen[next] || Ends(std::minmax(site, next)) == gone_link) continue;
          is_seen[next] = true;
          part.push_back(next);
        }
      }
      std::ranges::sort(part);
      parts.push_back(std::move(part));
    }
    std::ranges::sort(parts);
    return parts;
  }

  std::vector<std::vector<uint32_t>> neighbours_;
};

}  // namespace

CutPoints cut_points(const LinkNetwork& network) {
  using Graph =
      boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                            boost::property<boost::edge_index_t, size_t>>;
  const std::map<Ends, Bundle> bundles = bundles_of(network);
  const size_t sites = network.sites().size();
  Graph graph(sites);
  size_t edges = 0;
  for (const auto& [ends, bundle] : bundles)
    boost::add_edge(ends.first, ends.second, edges++, graph);
  std::vector<size_t> component_of(edges);
  std::vector<size_t> cut_sites;
  boost::biconnected_components(graph,
                                boost::make_iterator_property_map(
                                    component_of.begin(), boost::get(boost::edge_index, graph)),
                                std::back_inserter(cut_sites));

  std::vector<uint32_t> edges_in(edges);  // per component
  for (const size_t component : component_of)
    ++edges_in[component];
  const Remains remains(sites, bundles);
  CutPoints found;
  size_t edge = 0;
  for (const auto& [ends, bundle] : bundles) {
    if (edges_in[component_of[edge++]] != 1 || bundle.links != 1) continue;
    found.bridges.push_back({bundle.first, remains.without_link(ends)});
  }
  std::ranges::sort(found.bridges, {}, &Bridge::link);
  std::ranges::sort(cut_sites);
  for (const size_t site : cut_sites) {
    const auto number = static_cast<uint32_t>(site);
    found.sites.push_back({number, remains.without_site(number)});
  }
  return found;
}

}  // namespace suan::scheduler
