#include "cli/bench_text.h"

#include <fmt/core.h>

#include "catalog/types/text.h"
#include "cli/json_cell.h"
#include "cli/table.h"

namespace suan::cli {

namespace {

double number_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

/// `12.3 [11.9, 12.8]`: a median and its exact interval; `-` where nothing valid was measured.
std::string interval_cell(const Json& node, const char* metric) {
  const Json value = node.value(metric, Json());
  if (!value.is_object()) return "-";
  if (!value.value("low", Json()).is_number() || !value.value("high", Json()).is_number()) {
    return fmt::format("{:.1f} [too few]", number_at(value, "value"));
  }
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", number_at(value, "value"),
                     number_at(value, "low"), number_at(value, "high"));
}

/// `errors x2, host_noise x1`: why runs were set aside.
std::string flags_cell(const Json& node) {
  std::string text;
  const Json flags = node.value("flags", Json::object());
  for (const auto& [flag, times] : flags.items()) {
    text += fmt::format("{}{} x{}", text.empty() ? "" : ", ", flag, times.dump());
  }
  return text;
}

std::string cell_table(const Json& cell) {
  Table table({"NODE", "TTFT MS", "TPOT MS", "TOKENS/S", "VALID", "FLAGS"});
  for (const Json& node : cell.value("nodes", Json::array())) {
    table.add({json_cell(node, "node"), interval_cell(node, "ttft_ms"),
               interval_cell(node, "tpot_ms"), interval_cell(node, "decode_tokens_per_s"),
               json_cell(node, "valid") + "/" + json_cell(node, "executions"),
               flags_cell(node)});
  }
  return fmt::format("{} at {} requests/s\n{}", printable(json_cell(cell, "benchmark")),
                     json_cell(cell, "rate_per_s"), table.text(is_terminal_out()));
}

}  // namespace

std::string bench_progress_line(const Json& run) {
  size_t ended = 0;
  std::string last;
  const Json runs = run.value("runs", Json::array());
  for (const Json& one : runs) {
    const std::string status = json_cell(one, "status");
    if (status == "intended" || status == "started") {
      if (status == "started") last = json_cell(one, "node");
      continue;
    }
    ++ended;
  }
  if (runs.empty()) return fmt::format("{}", json_cell(run, "status"));
  return fmt::format("{} executions done{}", ended, last.empty() ? "" : ", now at " + last);
}

std::string bench_text(const Json& run) {
  const Json summary = run.value("summary", Json::object());
  std::string out =
      fmt::format("{}  {}  {}\n", printable(json_cell(run, "name")),
                  printable(json_cell(run, "id")), printable(json_cell(run, "status")));
  const std::string question = json_cell(summary, "question");
  if (!question.empty()) out += printable(question, 500) + "\n";
  for (const Json& cell : summary.value("cells", Json::array()))
    out += "\n" + cell_table(cell);
  out += "\nMedians over executions, with exact 95% intervals; flagged runs are left out.\n";
  return out;
}

std::string bench_reason(const Json& run) {
  const Json summary = run.value("summary", Json::object());
  if (const std::string error = json_cell(summary, "error"); !error.empty()) {
    return printable(error, 500);
  }
  for (const Json& one : run.value("runs", Json::array())) {
    const std::string reason = json_cell(one, "reason");
    if (!reason.empty()) return printable(reason, 500);
  }
  return "no reason was given";
}

}  // namespace suan::cli
