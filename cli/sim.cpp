#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "bench/baselines/baselines.h"
#include "bench/sim/scenario_run.h"
#include "catalog/types/text.h"
#include "cli/command.h"
#include "cli/sim_text.h"

namespace suan::cli {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kFileBytesMax = 512ULL << 20U;

struct SimCommand {
  std::string scenario;
  std::string trace;
  std::string out;
  std::vector<std::string> policies;
  std::optional<uint64_t> seed;
  uint32_t seeds = 1;
  bool as_json = false;
  bool is_verbose = false;
};

Result<std::string> read_file(const fs::path& path) {
  std::error_code error;
  const bool is_file = fs::is_regular_file(path, error);
  const uint64_t bytes = is_file ? fs::file_size(path, error) : 0;
  if (!is_file || error) {
    return fail(ErrorCode::NotFound, "there is no file {}", printable(path.string()));
  }
  if (bytes > kFileBytesMax) {
    return fail(ErrorCode::TooLarge, "{} has {} bytes, at most {} are read",
                printable(path.string()), bytes, kFileBytesMax);
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorCode::NotFound, "{} cannot be read", printable(path.string()));
  return std::move(text).str();
}

/// Unwraps, or ends the command.
template <class T>
T value_or_end(Result<T> result) {
  if (!result) end_with(result.error());
  return *std::move(result);
}

/// The scenario, with the command line's trace in place of its own load.
bench::Scenario read(const SimCommand& command) {
  const fs::path path(command.scenario);
  auto spec = value_or_end(bench::read_scenario_spec(value_or_end(read_file(path))));
  if (!command.trace.empty()) {
    spec.load.arrivals = bench::ArrivalKind::Trace;
    spec.load.file = command.trace;
  }
  // Files that a scenario names lie beside it; the trace of the command line where it was typed.
  const auto files = [&](const std::string& name) {
    const bool is_given = !command.trace.empty() && name == command.trace;
    return read_file(is_given ? fs::path(name) : path.parent_path() / name);
  };
  return value_or_end(bench::resolve(spec, files));
}

std::vector<std::string> policies_of(const SimCommand& command) {
  std::vector<std::string> policies;
  const auto add = [&](const std::string& policy) {
    const auto known = bench::choose_baseline(policy);
    if (!known) throw Failure(2, known.error().message);
    if (std::find(policies.begin(), policies.end(), policy) == policies.end()) {
      policies.push_back(policy);
    }
  };
  for (const std::string& policy : command.policies) {
    if (policy != "all") {
      add(policy);
      continue;
    }
    for (const bench::Baseline& each : bench::baselines())
      add(std::string(each.name));
  }
  if (policies.empty()) policies.emplace_back("suan");
  return policies;
}

void write_out(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text << "\n";
  out.flush();
  if (!out) throw Failure(1, fmt::format("{} cannot be written", printable(file)));
}

/// Fails when something that must always hold did not.
int report(const SimCommand& command, const SimOutcome& outcome) {
  const std::string json = dump_json(sim_json(outcome));
  if (!command.out.empty()) write_out(command.out, json);
  fmt::print("{}\n", command.as_json ? json : sim_text(outcome));
  size_t violations = 0;
  for (const bench::ScenarioReport& run : outcome.reports)
    violations += run.violations.size();
  if (violations == 0) return 0;
  throw Failure(
      1, fmt::format("{} promises were broken in {}", violations, outcome.scenario.name));
}

int run(const SimCommand& command) {
  if (!command.is_verbose) spdlog::set_level(spdlog::level::warn);  // roles log in virtual time
  SimOutcome outcome;
  const auto policies = policies_of(command);
  outcome.scenario = read(command);
  const uint64_t first = command.seed.value_or(outcome.scenario.seed);
  for (uint64_t seed = first; seed < first + command.seeds; ++seed) {
    auto plan = value_or_end(bench::make_requests(outcome.scenario, seed));
    if (seed == first && !command.as_json) {
      fmt::print("{}\n", scenario_text(outcome.scenario, plan));
      std::fflush(stdout);
    }
    for (const std::string& policy : policies) {
      fmt::print(stderr, "{}, seed {}: {} requests\n", policy, seed, plan.requests.size());
      outcome.reports.push_back(
          value_or_end(bench::simulate(outcome.scenario, plan, seed, policy)));
    }
    if (seed == first) outcome.plan = std::move(plan);
  }
  return report(command, outcome);
}

}  // namespace

void add_sim_command(Commands& commands) {
  CLI::App* sim = commands.app.add_subcommand("sim", "The whole network in virtual time");
  sim->require_subcommand(1);
  sim->footer("Example:  suan sim run bench/networks/site_loss.json --policy all --seeds 6");
  auto command = std::make_shared<SimCommand>();

  CLI::App* run_command = sim->add_subcommand("run", "Run a scenario");
  run_command->add_option("scenario", command->scenario, "A file such as bench/networks/*.json")
      ->required();
  run_command->add_option("--seed", command->seed, "Instead of the scenario's")
      ->check(CLI::Range(uint64_t{0}, (uint64_t{1} << 53U) - 1));
  run_command
      ->add_option("--seeds", command->seeds, "How many seeds, counted up from the first")
      ->check(CLI::Range(1U, 1000U));
  run_command->add_option(
      "--policy", command->policies,
      "suan (default), a baseline to compare with, or all; may be repeated");
  run_command->add_option("--trace", command->trace,
                          "Requests of this file instead of the load");
  run_command->add_option("--out", command->out, "Also write the JSON document to this file");
  run_command->add_flag("--json", command->as_json, "One JSON document");
  run_command->add_flag("--verbose", command->is_verbose, "What the roles log");
  run_command->callback(
      [&commands, command] { commands.chosen = [command] { return run(*command); }; });
}

}  // namespace suan::cli
