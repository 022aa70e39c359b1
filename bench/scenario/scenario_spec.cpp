#include "bench/scenario/scenario_spec.h"

#include "bench/scenario/load_spec_reader.h"
#include "bench/spec_reader.h"
#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr size_t kTextBytesMax = 1U << 20U;
constexpr size_t kSitesMax = 256;  // as many as a view holds
constexpr size_t kListMax = 1'000;
constexpr size_t kNameBytesMax = 100;

void read_head(SpecObject& top, ScenarioSpec& spec) {
  for (const char* key : {"format", "name", "topology", "models", "sites", "load"})
    top.require(key);
  std::string format;
  top.read("format", format, 64);
  if (format != "suan.scenario/1") top.fault("format", "must be \"suan.scenario/1\"");
  top.read("name", spec.name, 64);
  if (!is_valid_name(spec.name)) top.fault("name", "must be a name of a-z, 0-9, ., _ and -");
  top.read("question", spec.question, 500);
  top.read("seed", spec.seed, uint64_t{0}, (uint64_t{1} << 53U) - 1);
  top.read("duration_s", spec.duration_s, 1.0, 7 * 86'400.0);
  top.read("sites_file", spec.sites_file, kNameBytesMax);
  top.read("devices_file", spec.devices_file, kNameBytesMax);
  top.read("models_file", spec.models_file, kNameBytesMax);
}

void read_topology(const SpecObject& top, ScenarioSpec& spec) {
  SpecObject topology =
      top.child("topology", {"nodes", "links", "jitter", "jitter_max", "control_plane_at"});
  for (const char* key : {"nodes", "links", "control_plane_at"})
    topology.require(key);
  topology.read("nodes", spec.nodes_file, kNameBytesMax);
  topology.read("links", spec.links_file, kNameBytesMax);
  topology.read("jitter", spec.jitter_file, kNameBytesMax);
  topology.read("jitter_max", spec.jitter_max, 1.0, 100.0);
  topology.read("control_plane_at", spec.control_plane_at, 0U, 1'000'000U);
}

/// Devices that no table lists, or for which it lacks a figure: who says so must be told.
void read_profiles(const SpecObject& top, ScenarioSpec& spec) {
  for (SpecObject& each : top.children(
           "profiles", {"device", "memory_gb", "bandwidth_gb_s", "compute_tflops", "source"},
           kListMax)) {
    DeviceProfile& profile = spec.profiles.emplace_back();
    profile.how = "given by the scenario";
    for (const char* key :
         {"device", "memory_gb", "bandwidth_gb_s", "compute_tflops", "source"})
      each.require(key);
    each.read("device", profile.name, kNameBytesMax);
    each.read("memory_gb", profile.memory_gb, 0.1, 1e5);
    each.read("bandwidth_gb_s", profile.bandwidth_gb_s, 0.1, 1e6);
    each.read("compute_tflops", profile.compute_tflops, 0.001, 1e6);
    each.read("source", profile.source, 500);
  }
}

void read_catalog_row(const SpecObject& model, ModelSpec& spec) {
  SpecObject row = model.child("row", {"name", "size_b", "format", "quantization"});
  if (model.find("row") == nullptr) {
    for (const char* key : {"parameters_b", "bytes_per_weight", "context_tokens"}) {
      if (model.find(key) == nullptr) model.fault(key, "is missing, as there is no row either");
    }
    return;
  }
  for (const char* key : {"parameters_b", "parameters_active_b"}) {
    if (model.find(key) != nullptr) model.fault(key, "is the row's to say");
  }
  for (const char* key : {"name", "size_b", "format"})
    row.require(key);
  row.read("name", spec.name, kNameBytesMax);
  row.read("size_b", spec.size_b, 0.001, 1e5);
  row.read("format", spec.format, 32);
  row.read("quantization", spec.quantization, 32);
}

void read_models(const SpecObject& top, ScenarioSpec& spec) {
  for (SpecObject& each : top.children(
           "models",
           {"id", "row", "parameters_b", "parameters_active_b", "bytes_per_weight",
            "kv_bytes_per_token", "experts", "experts_per_token", "context_tokens", "share"},
           kListMax)) {
    ModelSpec& model = spec.models.emplace_back();
    each.require("id");
    each.require("kv_bytes_per_token");
    each.read("id", model.id, 64);
    if (!is_valid_name(model.id)) each.fault("id", "must be the name of a model");
    each.read("parameters_b", model.parameters_b, 0.001, 1e5);
    model.parameters_active_b = model.parameters_b;
    each.read("parameters_active_b", model.parameters_active_b, 0.001, 1e5);
    each.read("bytes_per_weight", model.bytes_per_weight, 0.1, 8.0);
    each.read("kv_bytes_per_token", model.kv_bytes_per_token, 1.0, 1e8);
    each.read("experts", model.experts, 0U, 100'000U);
    each.read("experts_per_token", model.experts_per_token, 0U, 10'000U);
    each.read("context_tokens", model.context_tokens, 16U, 1U << 24U);
    each.read("share", model.share, 1e-6, 1e6);
    read_catalog_row(each, model);
  }
  if (spec.models.empty()) top.fault("models", "must be a list of at least one object");
}

void read_nodes(const SpecObject& site, SiteSpec& spec) {
  for (SpecObject& each :
       site.children("nodes", {"device", "model", "devices", "count", "slots"}, kListMax)) {
    NodesSpec& nodes = spec.nodes.emplace_back();
    each.require("device");
    each.require("model");
    each.read("device", nodes.device, kNameBytesMax);
    each.read("model", nodes.model, 64);
    each.read("devices", nodes.devices, 1U, 1'024U);
    each.read("count", nodes.count, 1U, 20'000U);
    each.read("slots", nodes.slots, 1U, 4'096U);
  }
}

void read_sites(const SpecObject& top, ScenarioSpec& spec) {
  for (SpecObject& each : top.children("sites", {"id", "region", "at", "nodes"}, kSitesMax)) {
    SiteSpec& site = spec.sites.emplace_back();
    each.require("id");
    each.require("nodes");
    each.read("id", site.id, 64);
    if (!is_valid_name(site.id)) each.fault("id", "must be the name of a site");
    each.read("region", site.region, kNameBytesMax);
    if (each.find("at") != nullptr) each.read("at", site.at.emplace(), 0U, 1'000'000U);
    read_nodes(each, site);
  }
  if (spec.sites.empty()) top.fault("sites", "must be a list of at least one object");
}

}  // namespace

Result<ScenarioSpec> read_scenario_spec(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return fail(ErrorCode::TooLarge, "a scenario has at most {} bytes", kTextBytesMax);
  }
  const auto json = parse_json(text, {.depth = 8, .allow_comments = true});
  if (!json) return forward(json.error());
  SpecFaults faults(text);
  ScenarioSpec spec;
  SpecObject top(
      &*json, "", faults,
      {"format", "name", "question", "seed", "duration_s", "sites_file", "devices_file",
       "models_file", "topology", "profiles", "models", "sites", "slo", "load", "events"});
  read_head(top, spec);
  read_topology(top, spec);
  read_profiles(top, spec);
  read_models(top, spec);
  read_sites(top, spec);
  read_slo(top, spec.slo);
  read_load(top, spec.load);
  read_events(top, spec);
  if (faults.first()) return forward(*faults.first());
  return spec;
}

}  // namespace suan::bench
