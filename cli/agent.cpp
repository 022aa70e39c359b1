#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "cli/command.h"
#include "cli/settings.h"
#include "cli/stop_signal.h"
#include "engine/backend/registry.h"
#include "node_agent/role.h"

namespace suan::cli {

namespace {

int run_agent(node_agent::AgentOptions options) {
  options.on_status = [](const std::string& sentence) { spdlog::info("{}", sentence); };
  // Blocked before any thread starts, so that only `stop` sees the signals.
  StopSignal stop;
  node_agent::AgentRole role(std::move(options));
  stop.on_first([&role] {
    spdlog::info("draining: what runs is finished, nothing new is taken");
    role.request_drain();
  });
  stop.on_second([&role] { role.stop(); });
  const Result<void> ended = role.run();
  if (!ended) end_with(ended.error());
  return 0;
}

}  // namespace

void add_agent_command(Commands& commands) {
  CLI::App* agent = commands.app.add_subcommand("agent", "Join this machine to a network");
  agent->footer(
      "Example:  suan agent --ticket suan1:... --model /models/deepseek-v2-lite.gguf");
  auto options = std::make_shared<node_agent::AgentOptions>();
  auto ticket = std::make_shared<std::string>();
  agent->add_option("--ticket", *ticket,
                    "One-time ticket, or @FILE; needed for the first join");
  agent->add_option("--data", options->data, "Where keys and state are kept");
  agent->add_option("--server", options->server, "host:port instead of the ticket's address");
  agent->add_option("--tokens-server", options->tokens_server,
                    "host:port instead of the tokens' address");
  agent->add_option("--node", options->node, "Wished name of this node");
  agent->add_option("--model", options->models, "Model file or folder; may be repeated");
  agent->add_option("--threads", options->threads, "Threads of the engine; all without it");
  agent->add_option("--max-batch", options->max_batch, "Requests decoded together")
      ->check(CLI::Range(1U, 1024U));
  std::vector<std::string> backends = engine::available_backends();
  backends.insert(backends.begin(), "auto");
  agent->add_option("--backend", options->backend, "What computes")
      ->check(CLI::IsMember(backends));
  agent
      ->add_option(
          "--speculation", options->speculation,
          "Guess tokens ahead: off, auto (while it pays), mtp (the model's head), ngram")
      ->check(CLI::IsMember({"off", "auto", "mtp", "ngram"}));
  agent
      ->add_option("--output-promised", options->output_promised,
                   "Percent of each request's output for which cache room is promised; below "
                   "100 more requests run, and the youngest may have to wait")
      ->check(CLI::Range(1U, 100U));
  agent->set_config("--config", "", "Configuration file; keys are the long flags");
  agent->callback([&commands, options, ticket] {
    commands.chosen = [&commands, options, ticket] {
      options->ticket = read_secret(*ticket);
      if (options->data.empty()) options->data = default_data_dir() / "agent";
      options->reader = {commands.program, "model-reader"};
      return run_agent(*options);
    };
  });
}

}  // namespace suan::cli
