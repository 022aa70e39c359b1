#include "bench/spec.h"

#include <algorithm>
#include <cmath>

#include "bench/length_reader.h"
#include "bench/spec_reader.h"
#include "catalog/types/bytes.h"
#include "catalog/types/canonical_json.h"
#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr uint32_t kWarmupAuto = 8;
constexpr size_t kTextBytesMax = 256U << 10U;
const std::vector<std::string_view> kBenchmarks = {"serve.single", "serve.goodput"};
const std::vector<std::string_view> kArrivals = {"poisson", "constant"};
const std::vector<std::string_view> kOrders = {"interleaved", "sequential"};

bool is_campaign_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, fits);
}

void read_head(SpecObject& top, BenchSpec& spec) {
  for (const char* key : {"format", "name", "benchmarks", "model", "sweep", "budget"}) {
    top.require(key);
  }
  std::string format;
  top.read("format", format, 64);
  if (format != "suan.bench/1") {
    top.fault("format", "must be \"suan.bench/1\"");
  }
  top.read("name", spec.name, 64);
  if (!is_campaign_name(spec.name)) {
    top.fault("name", "must be 1 to 64 of a-z, 0-9 and -");
  }
  top.read("question", spec.question, 500);
  top.read("benchmarks", spec.benchmarks, 32);
  for (const std::string& id : spec.benchmarks) {
    if (std::ranges::find(kBenchmarks, id) == kBenchmarks.end()) {
      top.fault("benchmarks",
                fmt::format("{} is none of serve.single, serve.goodput", printable(id)));
    }
  }
  top.read("seed", spec.seed, uint64_t{0}, (uint64_t{1} << 53U) - 1);
}

void read_model_and_targets(const SpecObject& top, BenchSpec& spec) {
  SpecObject model = top.child("model", {"id"});
  model.require("id");
  std::string id;
  model.read("id", id, 64);
  if (!is_valid_name(id)) {
    model.fault("id", "must be the name of a model");
  }
  spec.model = ModelId(id);

  SpecObject targets = top.child("targets", {"sites"});
  std::vector<std::string> sites{"*"};
  targets.read("sites", sites, 256);
  for (const std::string& site : sites) {
    if (site != "*" && !is_valid_name(site)) {
      targets.fault("sites", fmt::format("{} is no name of a site", printable(site)));
    }
  }
  if (std::ranges::find(sites, "*") == sites.end()) {
    std::ranges::sort(sites);
    sites.erase(std::unique(sites.begin(), sites.end()), sites.end());
    for (const std::string& site : sites) {
      spec.sites.emplace_back(site);
    }
  }
}

void read_workload(const SpecObject& top, WorkloadSpec& spec) {
  SpecObject workload = top.child("workload", {"arrivals", "prompt_tokens", "output_tokens",
                                               "ignore_eos", "timeout_s", "corpus"});
  size_t arrivals = 0;
  workload.read_choice("arrivals", arrivals, kArrivals);
  spec.arrivals = static_cast<Arrivals>(arrivals);
  read_length(workload, "prompt_tokens", spec.prompt_tokens);
  read_length(workload, "output_tokens", spec.output_tokens);
  workload.read("ignore_eos", spec.ignore_eos);
  workload.read("timeout_s", spec.timeout_s, 1U, 3600U);
  SpecObject corpus = workload.child("corpus", {"name", "sha256"});
  corpus.read("name", spec.corpus_name, 64);
  corpus.read("sha256", spec.corpus_sha256, 64);
}

void read_warmup(const SpecObject& protocol, SpecObject& reader, uint32_t& requests) {
  const Json* warmup = protocol.find("warmup");
  if (warmup != nullptr && warmup->is_string()) {
    size_t choice = 0;
    reader.read_choice("warmup", choice, {"auto", "none"});
    requests = choice == 0 ? kWarmupAuto : 0;
    return;
  }
  reader.read("warmup", requests, 0U, 1000U);
}

void read_protocol(const SpecObject& top, BenchSpec& spec) {
  SpecObject sweep = top.child("sweep", {"rate_per_s"});
  sweep.require("rate_per_s");
  sweep.read("rate_per_s", spec.rates_per_s, 0.001, 10'000.0);

  SpecObject slo = top.child("slo", {"ttft_ms", "tpot_ms", "attainment"});
  slo.read("ttft_ms", spec.slo.ttft_ms, 0.001, 1e7);
  slo.read("tpot_ms", spec.slo.tpot_ms, 0.001, 1e7);
  slo.read("attainment", spec.slo.attainment, 0.5, 0.9999);

  SpecObject protocol =
      top.child("protocol", {"executions", "warmup", "point_seconds", "order"});
  protocol.read("executions", spec.protocol.executions, 2U, 100U);
  read_warmup(protocol, protocol, spec.protocol.warmup_requests);
  protocol.read("point_seconds", spec.protocol.point_seconds, 1.0, 3600.0);
  size_t order = 0;
  protocol.read_choice("order", order, kOrders);
  spec.protocol.order = static_cast<BenchOrder>(order);

  SpecObject budget = top.child("budget", {"seconds", "node_seconds", "bytes", "requests"});
  budget.require("seconds");
  budget.require("node_seconds");
  budget.read("seconds", spec.budget.seconds, 0.001, 1e9);
  budget.read("node_seconds", spec.budget.node_seconds, 0.001, 1e9);
  budget.read("bytes", spec.budget.bytes, uint64_t{1}, uint64_t{1} << 50U);
  budget.read("requests", spec.budget.requests, uint64_t{1}, uint64_t{1} << 40U);
}

Json json_of(const LengthSpec& length) {
  Json json{{"dist", to_string(length.kind)}};
  switch (length.kind) {
    case LengthSpec::Kind::Fixed:
      json["value"] = length.value;
      break;
    case LengthSpec::Kind::Lognormal:
      json["p50"] = length.p50;
      json["p95"] = length.p95;
      [[fallthrough]];
    case LengthSpec::Kind::Uniform:
      json["min"] = length.min;
      json["max"] = length.max;
      break;
  }
  return json;
}

/// The specification with nothing left to a default.
Json json_of(const BenchSpec& spec) {
  Json sites = Json::array();
  for (const SiteId& site : spec.sites) {
    sites.push_back(site.value());
  }
  if (sites.empty()) {
    sites.push_back("*");
  }
  const WorkloadSpec& workload = spec.workload;
  const ProtocolSpec& protocol = spec.protocol;
  return {{"format", "suan.bench/1"},
          {"name", spec.name},
          {"question", spec.question},
          {"benchmarks", spec.benchmarks},
          {"seed", spec.seed},
          {"model", {{"id", spec.model.value()}}},
          {"targets", {{"sites", sites}}},
          {"workload",
           {{"arrivals", kArrivals[static_cast<size_t>(workload.arrivals)]},
            {"prompt_tokens", json_of(workload.prompt_tokens)},
            {"output_tokens", json_of(workload.output_tokens)},
            {"ignore_eos", workload.ignore_eos},
            {"timeout_s", workload.timeout_s},
            {"corpus", {{"name", workload.corpus_name}, {"sha256", workload.corpus_sha256}}}}},
          {"sweep", {{"rate_per_s", spec.rates_per_s}}},
          {"slo",
           {{"ttft_ms", spec.slo.ttft_ms},
            {"tpot_ms", spec.slo.tpot_ms},
            {"attainment", spec.slo.attainment}}},
          {"protocol",
           {{"executions", protocol.executions},
            {"warmup", protocol.warmup_requests},
            {"point_seconds", protocol.point_seconds},
            {"order", kOrders[static_cast<size_t>(protocol.order)]}}},
          {"budget",
           {{"seconds", spec.budget.seconds},
            {"node_seconds", spec.budget.node_seconds},
            {"bytes", spec.budget.bytes},
            {"requests", spec.budget.requests}}}};
}

}  // namespace

Result<BenchSpec> read_spec(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return fail(ErrorCode::TooLarge, "a specification has at most {} bytes", kTextBytesMax);
  }
  const auto json = parse_json(text, {.depth = 8, .keys = 200, .allow_comments = true});
  if (!json) {
    return forward(json.error());
  }
  SpecFaults faults(text);
  BenchSpec spec;
  SpecObject top(&*json, "", faults,
                 {"format", "name", "question", "benchmarks", "seed", "model", "targets",
                  "workload", "sweep", "slo", "protocol", "budget"});
  read_head(top, spec);
  read_model_and_targets(top, spec);
  read_workload(top, spec.workload);
  read_protocol(top, spec);
  if (faults.first()) {
    return forward(*faults.first());
  }
  spec.canonical = canonical_json(json_of(spec));
  spec.spec_sha256 = to_hex(sha256(spec.canonical));
  return spec;
}

std::vector<Cell> BenchSpec::cells() const {
  std::vector<Cell> cells;
  for (const std::string& benchmark : benchmarks) {
    for (const double rate : rates_per_s) {
      cells.push_back({.cell = static_cast<uint32_t>(cells.size()),
                       .benchmark = benchmark,
                       .rate_per_s = rate});
    }
  }
  return cells;
}

uint32_t BenchSpec::requests_of(const Cell& cell) const {
  const double requests = std::round(cell.rate_per_s * protocol.point_seconds);
  return static_cast<uint32_t>(std::clamp(requests, 1.0, 1e6));
}

}  // namespace suan::bench
