#include "bench/scenario/scenario.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "bench/scenario/model_choice.h"
#include "bench/scenario/sites_file.h"
#include "bench/scenario/topology.h"
#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr size_t kNodesMax = 20'000;
// A sites file names nodes of one backbone; on another the same numbers lie anywhere.
constexpr double kSiteToNodeKilometresMax = 500;
constexpr double kRoundTripExtraMs = 1;  // routers and last miles (`scheduler.md`, section 8)
constexpr double kJitterRatioMax = 1e4;

/// Reads one of the scenario's files.
Result<NamedText> load(const FileReader& files, const std::string& name, const char* key) {
  if (name.empty()) return fail_param(ErrorCode::BadRequest, key, "{}: is missing", key);
  auto text = files(name);
  if (!text) return forward(text.error());
  return NamedText{name, *std::move(text)};
}

/// Delays from the control plane to any node of the topology.
struct Paths {
  Topology topology;
  std::vector<double> one_way_ms;
  std::string control_plane;

  /// A listed site must not stand at the far end of the country.
  [[nodiscard]] Result<void> check_near(const ListedSite& listed, const std::string& id) const {
    const Site& site = listed.site;
    const auto index = topology.find(listed.topology_node);
    if (!index || !topology.nodes()[*index].place) return {};
    if (site.latitude == 0 && site.longitude == 0) return {};  // no file lists it
    const double km =
        kilometres_between({site.latitude, site.longitude}, *topology.nodes()[*index].place);
    if (km <= kSiteToNodeKilometresMax) return {};
    return fail_param(ErrorCode::BadRequest, "sites",
                      "site {} lies {:.0f} km from {} ({}); is its node one of another "
                      "topology? Give the right one by \"at\"",
                      id, km, listed.topology_node, topology.nodes()[*index].label);
  }

  /// `who` stands at node `id`.
  [[nodiscard]] Result<Duration> one_way(uint32_t id, const std::string& who) const {
    const auto index = topology.find(id);
    if (!index) {
      return fail(ErrorCode::BadRequest, "{} stands at node {}, which the topology lacks", who,
                  id);
    }
    const double ms = one_way_ms[*index];
    if (!std::isfinite(ms)) {
      return fail(ErrorCode::BadRequest,
                  "{} stands at {} ({}), from which no path of links with a known length leads "
                  "to the control plane at {}",
                  who, id, topology.nodes()[*index].label, control_plane);
    }
    return Duration(static_cast<int64_t>(std::llround((ms + kRoundTripExtraMs / 2) * 1e3)));
  }
};

Result<Paths> read_paths(const ScenarioSpec& spec, const FileReader& files) {
  auto nodes = load(files, spec.nodes_file, "topology.nodes");
  if (!nodes) return forward(nodes.error());
  auto links = load(files, spec.links_file, "topology.links");
  if (!links) return forward(links.error());
  auto topology = Topology::read(*std::move(nodes), *std::move(links));
  if (!topology) return forward(topology.error());
  const auto at = topology->find(spec.control_plane_at);
  if (!at) {
    return fail_param(ErrorCode::BadRequest, "topology.control_plane_at",
                      "topology.control_plane_at: {} has no node {}", spec.nodes_file,
                      spec.control_plane_at);
  }
  std::vector<double> delays = topology->one_way_ms_from(*at);
  std::string name =
      fmt::format("{} ({})", spec.control_plane_at, topology->nodes()[*at].label);
  return Paths{*std::move(topology), std::move(delays), std::move(name)};
}

Result<void> add_jitter(const ScenarioSpec& spec, const FileReader& files, Scenario& scenario) {
  if (spec.jitter_file.empty()) return {};
  auto file = load(files, spec.jitter_file, "topology.jitter");
  if (!file) return forward(file.error());
  auto table = CsvTable::read(*std::move(file), {"ratio_to_median"});
  if (!table) return forward(table.error());
  for (size_t row = 0; row < table->rows(); ++row) {
    // Nothing is faster than the shortest path through fibre.
    const double ratio = table->number(row, 0, 0, kJitterRatioMax);
    scenario.jitter.push_back(static_cast<float>(std::clamp(ratio, 1.0, spec.jitter_max)));
  }
  if (table->error()) return forward(*table->error());
  return {};
}

/// The site as its file describes it, or as the scenario does.
Result<ListedSite> describe(const SiteSpec& spec, const std::vector<ListedSite>& listed) {
  const auto found = std::ranges::find_if(
      listed, [&](const ListedSite& each) { return each.site.site.value() == spec.id; });
  if (found != listed.end()) {
    ListedSite site = *found;
    if (!spec.region.empty()) site.site.region = spec.region;
    site.topology_node = spec.at.value_or(site.topology_node);
    return site;
  }
  if (spec.at) {
    return ListedSite{{.site = SiteId(spec.id), .name = spec.id, .region = spec.region},
                      *spec.at};
  }
  std::vector<std::string_view> names;
  for (const ListedSite& each : listed)
    names.push_back(each.site.site.value());
  const std::string_view near = nearest(spec.id, names);
  return fail_param(
      ErrorCode::BadRequest, "sites", "sites: no file lists a site {}{}", spec.id,
      near.empty() ? "; give its place by \"at\"" : fmt::format("; did you mean {}?", near));
}

Result<void> add_nodes(const SiteSpec& spec,
                       uint32_t site,
                       const std::vector<DeviceProfile>& devices,
                       Scenario& scenario) {
  for (const NodesSpec& each : spec.nodes) {
    const auto model = std::ranges::find_if(scenario.models, [&](const ScenarioModel& known) {
      return known.model.value() == each.model;
    });
    if (model == scenario.models.end()) {
      return fail_param(ErrorCode::BadRequest, "sites", "site {} serves {}, which models lacks",
                        spec.id, printable(each.model, 64));
    }
    const auto device = choose_device(each.device, devices);
    if (!device) return forward(device.error());
    const auto rates = service_rates(model->served, *device, each.devices, each.slots);
    if (!rates) {
      return fail_param(ErrorCode::BadRequest, "sites", "site {}, {} x {} with {}: {}", spec.id,
                        each.devices, device->name, each.model, rates.error().message);
    }
    if (scenario.nodes.size() + each.count > kNodesMax) {
      return fail_param(ErrorCode::BadRequest, "sites", "sites: more than {} nodes", kNodesMax);
    }
    const auto index = static_cast<uint32_t>(model - scenario.models.begin());
    scenario.nodes.insert(scenario.nodes.end(), each.count,
                          {site, index, each.devices, *device, *rates});
  }
  return {};
}

Result<void> add_sites(const ScenarioSpec& spec,
                       const FileReader& files,
                       const Paths& paths,
                       Scenario& scenario) {
  std::vector<ListedSite> listed;
  const auto needs_list = [](const SiteSpec& site) { return !site.at; };
  if (!spec.sites_file.empty() || std::ranges::any_of(spec.sites, needs_list)) {
    auto file = load(files, spec.sites_file, "sites_file");
    if (!file) return forward(file.error());
    auto read = read_sites(*std::move(file));
    if (!read) return forward(read.error());
    listed = *std::move(read);
  }
  const auto devices = known_devices(spec, files);
  if (!devices) return forward(devices.error());
  for (const SiteSpec& each : spec.sites) {
    const auto is_same = [&](const ScenarioSite& site) {
      return site.site.site.value() == each.id;
    };
    if (std::ranges::any_of(scenario.sites, is_same)) {
      return fail_param(ErrorCode::BadRequest, "sites", "sites: {} is there twice", each.id);
    }
    const auto site = describe(each, listed);
    if (!site) return forward(site.error());
    if (const auto near = paths.check_near(*site, each.id); !near) return forward(near.error());
    const auto one_way = paths.one_way(site->topology_node, "site " + each.id);
    if (!one_way) return forward(one_way.error());
    scenario.sites.push_back({site->site, *one_way});
    const auto index = static_cast<uint32_t>(scenario.sites.size() - 1);
    if (const auto added = add_nodes(each, index, *devices, scenario); !added) {
      return forward(added.error());
    }
  }
  if (scenario.nodes.empty()) {
    return fail_param(ErrorCode::BadRequest, "sites", "sites: the network has no node");
  }
  return {};
}

/// Every model must be served, or its requests could only fail.
Result<void> check_served(const Scenario& scenario) {
  for (uint32_t i = 0; i < scenario.models.size(); ++i) {
    if (std::ranges::find(scenario.nodes, i, &ScenarioNode::model) == scenario.nodes.end()) {
      return fail_param(ErrorCode::BadRequest, "models", "models: no node serves {}",
                        scenario.models[i].model.value());
    }
  }
  return {};
}

Result<void> add_clients(const ScenarioSpec& spec, const Paths& paths, Scenario& scenario) {
  for (const ClientsSpec& each : spec.load.clients) {
    const auto one_way = paths.one_way(each.at, "the clients of " + printable(each.region, 64));
    if (!one_way) return forward(one_way.error());
    scenario.clients.push_back({each.region, *one_way, each.weight});
  }
  if (!scenario.clients.empty()) return {};
  for (const ScenarioSite& site : scenario.sites)
    scenario.clients.push_back({site.site.region, site.one_way, 1});
  return {};
}

Result<void> add_events(const ScenarioSpec& spec, Scenario& scenario) {
  for (const EventSpec& each : spec.events) {
    ScenarioEvent& event = scenario.events.emplace_back();
    event.what = each;
    if (each.site.empty()) continue;
    const auto found = std::ranges::find_if(scenario.sites, [&](const ScenarioSite& site) {
      return site.site.site.value() == each.site;
    });
    if (found == scenario.sites.end()) {
      return fail_param(ErrorCode::BadRequest, "events", "events: sites has no {}",
                        printable(each.site, 64));
    }
    event.site = static_cast<uint32_t>(found - scenario.sites.begin());
  }
  return {};
}

Result<void> add_load(const ScenarioSpec& spec, const FileReader& files, Scenario& scenario) {
  if (spec.load.arrivals == ArrivalKind::Trace) {
    auto file = load(files, spec.load.file, "load.file");
    if (!file) return forward(file.error());
    auto trace = read_trace(*std::move(file), spec.seed);
    if (!trace) return forward(trace.error());
    scenario.trace = *std::move(trace);
  }
  if (spec.load.arrivals == ArrivalKind::DayCurve) {
    auto rates = load(files, spec.load.file, "load.file");
    if (!rates) return forward(rates.error());
    auto lengths = load(files, spec.load.lengths_file, "load.lengths_file");
    if (!lengths) return forward(lengths.error());
    auto curve = read_day_curve(*std::move(rates), *std::move(lengths));
    if (!curve) return forward(curve.error());
    scenario.day_curve = *std::move(curve);
  }
  return {};
}

}  // namespace

Result<Scenario> read_scenario(std::string_view text, const FileReader& files) {
  const auto spec = read_scenario_spec(text);
  if (!spec) return forward(spec.error());
  return resolve(*spec, files);
}

Result<Scenario> resolve(const ScenarioSpec& spec, const FileReader& files) {
  Scenario scenario;
  scenario.name = spec.name;
  scenario.question = spec.question;
  scenario.seed = spec.seed;
  scenario.duration = Duration(static_cast<int64_t>(spec.duration_s * 1e6));
  scenario.slo = spec.slo;
  scenario.load = spec.load;
  const auto paths = read_paths(spec, files);
  if (!paths) return forward(paths.error());
  scenario.notes = paths->topology.notes();
  auto models = choose_models(spec, files);
  if (!models) return forward(models.error());
  scenario.models = *std::move(models);
  for (const auto& done :
       {add_sites(spec, files, *paths, scenario), check_served(scenario),
        add_clients(spec, *paths, scenario), add_events(spec, scenario),
        add_jitter(spec, files, scenario), add_load(spec, files, scenario)}) {
    if (!done) return forward(done.error());
  }
  return scenario;
}

}  // namespace suan::bench
