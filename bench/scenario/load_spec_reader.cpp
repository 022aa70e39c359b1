#include "bench/scenario/load_spec_reader.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

#include "bench/length_reader.h"

namespace suan::bench {

namespace {

constexpr size_t kListMax = 1'000;
constexpr size_t kNameBytesMax = 200;
const std::vector<std::string_view> kArrivalKinds = {"poisson", "trace", "day_curve"};
const std::vector<std::string_view> kEventKinds = {"flash_crowd", "site_loss", "slow_link",
                                                   "lying_site", "rolling_restart"};

using Keys = std::initializer_list<std::string_view>;

/// Of `all` keys, those in `needed` must be there, those in neither list may not.
void check_keys(SpecObject& object,
                const std::vector<std::string_view>& all,
                Keys needed,
                Keys allowed,
                std::string_view kind) {
  const auto lists = [](Keys keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  for (const std::string_view key : all) {
    if (lists(needed, key)) {
      object.require(key);
    } else if (!lists(allowed, key) && object.find(key) != nullptr) {
      object.fault(key, fmt::format("has no meaning for {}", kind));
    }
  }
}

void check_arrivals(SpecObject& object, ArrivalKind kind) {
  const std::vector<std::string_view> all = {"rate_per_s",    "file",          "lengths_file",
                                             "prompt_tokens", "output_tokens", "day_start_h",
                                             "utilisation"};
  switch (kind) {
    case ArrivalKind::Poisson:
      check_keys(object, all, {"prompt_tokens", "output_tokens"}, {"rate_per_s", "utilisation"},
                 "poisson");
      if ((object.find("rate_per_s") == nullptr) == (object.find("utilisation") == nullptr)) {
        object.fault("rate_per_s", "poisson needs either this or utilisation");
      }
      break;
    case ArrivalKind::Trace:
      check_keys(object, all, {"file"}, {"utilisation"}, "trace");
      break;
    case ArrivalKind::DayCurve:
      check_keys(object, all, {"file", "lengths_file"}, {"day_start_h", "utilisation"},
                 "day_curve");
      break;
  }
}

void read_clients(const SpecObject& load, LoadSpec& spec) {
  for (SpecObject& each : load.children("clients", {"region", "at", "weight"}, kListMax)) {
    ClientsSpec& clients = spec.clients.emplace_back();
    each.require("region");
    each.require("at");
    each.read("region", clients.region, kNameBytesMax);
    each.read("at", clients.at, 0U, 1'000'000U);
    each.read("weight", clients.weight, 1e-6, 1e6);
  }
}

void check_event(SpecObject& object, EventKind kind) {
  const std::vector<std::string_view> all = {"site",   "at_s",    "for_s", "factor",
                                             "ramp_s", "every_s", "down_s"};
  const std::string_view name = kEventKinds[static_cast<size_t>(kind)];
  switch (kind) {
    case EventKind::FlashCrowd:
      return check_keys(object, all, {"at_s", "factor"}, {"for_s", "ramp_s"}, name);
    case EventKind::SiteLoss:
      return check_keys(object, all, {"site", "at_s"}, {"for_s"}, name);
    case EventKind::SlowLink:
      return check_keys(object, all, {"site", "at_s", "factor"}, {"for_s"}, name);
    case EventKind::LyingSite:
      return check_keys(object, all, {"site", "factor"}, {}, name);
    case EventKind::RollingRestart:
      return check_keys(object, all, {"at_s", "every_s", "down_s"}, {"site"}, name);
  }
}

}  // namespace

void read_slo(const SpecObject& top, SloSpec& slo) {
  SpecObject object = top.child("slo", {"ttft_ms", "tpot_ms"});
  object.read("ttft_ms", slo.ttft_ms, 1.0, 1e7);
  object.read("tpot_ms", slo.tpot_ms, 0.1, 1e7);
}

void read_load(const SpecObject& top, LoadSpec& load) {
  SpecObject object =
      top.child("load", {"arrivals", "rate_per_s", "file", "lengths_file", "day_start_h",
                         "utilisation", "prompt_tokens", "output_tokens", "tokens_max",
                         "accounts", "deadline_s", "clients"});
  object.require("arrivals");
  size_t kind = 0;
  object.read_choice("arrivals", kind, kArrivalKinds);
  load.arrivals = static_cast<ArrivalKind>(kind);
  check_arrivals(object, load.arrivals);
  object.read("rate_per_s", load.rate_per_s, 1e-4, 1e5);
  object.read("file", load.file, kNameBytesMax);
  object.read("lengths_file", load.lengths_file, kNameBytesMax);
  object.read("day_start_h", load.day_start_h, 0.0, 24.0);
  if (object.find("utilisation") != nullptr) {
    object.read("utilisation", load.utilisation.emplace(), 0.001, 100.0);
  }
  read_length(object, "prompt_tokens", load.prompt_tokens);
  read_length(object, "output_tokens", load.output_tokens);
  object.read("tokens_max", load.tokens_max, 1U, 4'000'000U);
  object.read("accounts", load.accounts, 1U, 100'000U);
  object.read("deadline_s", load.deadline_s, 0.1, 86'400.0);
  read_clients(object, load);
}

void read_events(const SpecObject& top, ScenarioSpec& spec) {
  for (SpecObject& each :
       top.children("events",
                    {"event", "site", "at_s", "for_s", "factor", "ramp_s", "every_s", "down_s"},
                    kListMax)) {
    EventSpec& event = spec.events.emplace_back();
    each.require("event");
    size_t kind = 0;
    each.read_choice("event", kind, kEventKinds);
    event.kind = static_cast<EventKind>(kind);
    check_event(each, event.kind);
    each.read("site", event.site, 64);
    each.read("at_s", event.at_s, 0.0, spec.duration_s);
    each.read("for_s", event.for_s, 0.001, spec.duration_s);
    each.read("factor", event.factor, 0.01, 1'000.0);
    each.read("ramp_s", event.ramp_s, 0.0, spec.duration_s);
    if (event.for_s > 0 && event.ramp_s > event.for_s)
      each.fault("ramp_s", "must be at most for_s");
    each.read("every_s", event.every_s, 0.1, spec.duration_s);
    each.read("down_s", event.down_s, 0.1, spec.duration_s);
  }
}

}  // namespace suan::bench
