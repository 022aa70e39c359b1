#include "cli/explain_text.h"

#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "cli/command.h"
#include "cli/json_cell.h"
#include "cli/table.h"

namespace suan::cli {

namespace {

constexpr size_t kLineBytesMax = 600;

std::string line(std::string_view label, const std::string& value) {
  if (value.empty() || value == "-") return "";
  return fmt::format("{:<12}{}\n", label, printable(value, kLineBytesMax));
}

/// Microseconds at `path` as milliseconds.
std::string ms_at(const Json& item, const char* path) {
  const std::string us = json_cell(item, path);
  if (us.empty() || us == "-") return "";
  return fmt::format("{:.1f}", std::strtod(us.c_str(), nullptr) / 1e3);
}

std::string candidates_table(const Json& candidates) {
  Table table({"", "SITE", "NODE", "RTT", "QUEUE", "PREFILL", "TTFT MS", "TPOT MS", "SCORE",
               "REFUSED"});
  for (const Json& candidate : candidates) {
    table.add({"", json_cell(candidate, "site"), json_cell(candidate, "node"),
               ms_at(candidate, "terms.round_trip_us"), ms_at(candidate, "terms.queue_us"),
               ms_at(candidate, "terms.prefill_us"), ms_at(candidate, "terms.ttft_us"),
               ms_at(candidate, "terms.tpot_us"), ms_at(candidate, "terms.score_us"),
               json_cell(candidate, "refused.because")});
  }
  return table.text(is_terminal_out());
}

std::string one_decision(const Json& decision) {
  std::string out;
  out += line("request", json_cell(decision, "request_id"));
  out += line("attempt", json_cell(decision, "attempt"));
  out += line("verdict", json_cell(decision, "verdict"));
  out += line("model", json_cell(decision, "model"));
  out += line("policy", json_cell(decision, "policy"));
  out += line("chosen", json_cell(decision, "chosen.node"));
  out += line("because", json_cell(decision, "reason"));
  out += line("runner-up", json_cell(decision, "runner_up.node"));
  out += line("gap, ms", json_cell(decision, "runner_up.gap_ms"));
  out += line("bound by", json_cell(decision, "binding_constraint.because"));
  out += line("relied on", json_cell(decision, "relied_on"));
  out += line("ttft, ms", json_cell(decision, "outcome.ttft_ms"));
  out += line("error", json_cell(decision, "error.message"));
  const Json candidates = decision.value("candidates", Json::array());
  if (candidates.is_array() && !candidates.empty()) out += "\n" + candidates_table(candidates);
  for (const Json& site : decision.value("refused_sites", Json::array())) {
    out += fmt::format("site {}: {}\n", printable(json_cell(site, "site")),
                       printable(json_cell(site, "because"), kLineBytesMax));
  }
  return out;
}

}  // namespace

std::string explain_text(const std::string& decision_json) {
  const Result<Json> json = parse_json(decision_json);
  if (!json || !json->is_object()) throw Failure(1, "the network's answer is no decision");
  // A request that was placed again shows its last attempt first, then the earlier ones.
  std::string out = one_decision(*json);
  for (const Json& earlier : json->value("earlier", Json::array())) {
    out += "\n" + one_decision(earlier);
  }
  return out;
}

}  // namespace suan::cli
