#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "bench/suites.h"
#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "cli/bench_text.h"
#include "cli/client.h"
#include "cli/settings.h"

namespace suan::cli {

namespace {

struct BenchOptions {
  std::string spec;
  std::string sites;
  std::string run;
  bool detach = false;
  bool as_json = false;
};

/// A file's text, or that of a built-in suite. The network checks it.
std::string spec_of(const std::string& name) {
  if (!std::filesystem::is_regular_file(name)) {
    if (const std::string_view suite = bench::suite_text(name); !suite.empty()) {
      return std::string(suite);
    }
    throw Failure(2, fmt::format("{} is neither a file nor a built-in suite", printable(name)));
  }
  std::ifstream file(name);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

Json fetch_run(Client& client, const std::string& id) {
  const Result<Json> run = parse_json(client.get("/api/v1/benchmarks/runs/" + id));
  if (!run || !run->is_object()) throw Failure(1, "the network's answer is no benchmark run");
  return *run;
}

bool is_over(const Json& run) {
  static const std::set<std::string> kOver{"complete", "aborted", "timeout", "failed"};
  return kOver.count(run.value("status", "")) != 0;
}

/// Prints progress until the campaign has ended.
Json follow(Client& client, const std::string& id) {
  std::string last;
  for (;;) {
    Json run = fetch_run(client, id);
    const std::string line = bench_progress_line(run);
    if (line != last) fmt::print(stderr, "{}\n", line);
    last = line;
    if (is_over(run)) return run;
    std::this_thread::sleep_for(500ms);
  }
}

int report(const Json& run, bool as_json) {
  fmt::print("{}\n", as_json ? dump_json(run) : bench_text(run));
  if (run.value("status", "") == "complete") return 0;
  throw Failure(1, fmt::format("the benchmark ended as {}: {}", run.value("status", "?"),
                               bench_reason(run)));
}

int run_suite(const Commands& commands, const BenchOptions& options) {
  Client client(find_network(commands.network));
  Json body{{"spec", spec_of(options.spec)}};
  if (!options.sites.empty()) {
    body["sites"] = Json::array();
    std::istringstream names(options.sites);
    for (std::string name; std::getline(names, name, ',');)
      body["sites"].push_back(name);
  }
  const Result<Json> started =
      parse_json(client.send("POST", "/api/v1/benchmarks/runs", dump_json(body)));
  if (!started || !started->contains("id")) throw Failure(1, "the network's answer has no id");
  const std::string id = (*started)["id"].get<std::string>();
  if (options.detach) {
    fmt::print("{}\n", id);
    return 0;
  }
  return report(follow(client, id), options.as_json);
}

}  // namespace

void add_bench_command(Commands& commands) {
  CLI::App* bench = commands.app.add_subcommand("bench", "Benchmarks across sites");
  bench->require_subcommand(1);
  bench->footer("Example:  suan bench run demo --sites north,south");
  auto options = std::make_shared<BenchOptions>();

  CLI::App* run = bench->add_subcommand("run", "Run a suite at the chosen sites");
  run->add_option("spec", options->spec, "A *.bench.json file, or the name of a built-in suite")
      ->required();
  run->add_option("--sites", options->sites, "Names, joined by commas; all without it");
  run->add_flag("--detach", options->detach, "Print the id and leave; the run goes on");
  run->add_flag("--json", options->as_json, "One JSON document");
  run->callback([&commands, options] {
    commands.chosen = [&commands, options] { return run_suite(commands, *options); };
  });

  CLI::App* show = bench->add_subcommand("show", "A run's summary");
  show->add_option("id", options->run, "Its id")->required();
  show->add_flag("--json", options->as_json, "One JSON document");
  show->callback([&commands, options] {
    commands.chosen = [&commands, options] {
      Client client(find_network(commands.network));
      const Json run_json = fetch_run(client, options->run);
      fmt::print("{}\n", options->as_json ? dump_json(run_json) : bench_text(run_json));
      return 0;
    };
  });
}

}  // namespace suan::cli
