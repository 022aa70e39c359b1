#include "scheduler/planning/links/components.h"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/connected_components.hpp>

namespace suan::scheduler {

std::vector<SiteSet> components(const LinkNetwork& network) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
  const size_t sites = network.sites().size();
  if (sites == 0) return {};
  Graph graph(sites);
  for (const SiteLink& link : network.links())
    boost::add_edge(link.a, link.b, graph);

  // Boost numbers components in the order in which it meets them, and it walks sites upwards.
  std::vector<size_t> component_of(sites);
  std::vector<SiteSet> groups(boost::connected_components(graph, component_of.data()));
  for (uint32_t site = 0; site < sites; ++site)
    groups[component_of[site]].push_back(site);
  return groups;
}

}  // namespace suan::scheduler
