#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "catalog/types/json.h"
#include "cli/bundled_model.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/control_plane.h"
#include "cli/settings.h"
#include "cli/stop_signal.h"
#include "node_agent/model_depot.h"
#include "node_agent/role.h"

namespace suan::cli {

namespace {

constexpr auto kJoinTime = std::chrono::seconds(30);

struct UpOptions {
  ControlPlaneOptions plane;
  std::vector<std::filesystem::path> models;
  uint32_t sites = 1;
  uint32_t threads = 0;
  uint32_t max_batch = 8;
};

/// A site inside this process: a real agent that joins with a real ticket.
class LocalSite {
 public:
  explicit LocalSite(node_agent::AgentOptions options)
      : role_(std::move(options)), thread_([this] { run(); }) {}

  ~LocalSite() { role_.request_drain(); }  // then the thread is joined

  LocalSite(const LocalSite&) = delete;
  LocalSite& operator=(const LocalSite&) = delete;

  void request_drain() { role_.request_drain(); }

 private:
  void run() {
    try {
      const Result<void> ended = role_.run();
      if (!ended) spdlog::error("the agent ended: {}", ended.error().message);
    } catch (const std::exception& error) {
      spdlog::error("the agent ended: {}", error.what());
    }
  }

  node_agent::AgentRole role_;
  std::jthread thread_;
};

std::string make_ticket(Client& client, const std::string& site) {
  const std::string answer =
      client.send("POST", "/api/v1/tickets",
                  dump_json({{"site", site}, {"expires_s", 600}, {"auto_approve", true}}));
  const Result<Json> ticket = parse_json(answer);
  if (!ticket || !ticket->contains("ticket")) throw Failure(1, "the scheduler gave no ticket");
  return (*ticket)["ticket"].get<std::string>();
}

std::unique_ptr<LocalSite> start_site(const Commands& commands,
                                      const UpOptions& options,
                                      Client& client,
                                      uint32_t number) {
  const std::string name = fmt::format("local-{}", number);
  const std::filesystem::path data = options.plane.data / "sites" / name;
  node_agent::AgentOptions agent{.data = data,
                                 .node = name,
                                 .models = options.models,
                                 .threads = options.threads,
                                 .max_batch = options.max_batch,
                                 .reader = {commands.program, "model-reader"}};
  // Once joined, the agent has a key of its own, and no ticket is needed.
  if (!std::filesystem::exists(data / "agent.json")) agent.ticket = make_ticket(client, name);
  agent.on_status = [name](const std::string& sentence) {
    spdlog::info("{}: {}", name, sentence);
  };
  return std::make_unique<LocalSite>(std::move(agent));
}

/// A model can be deployed once a node that has it has registered, which takes a few seconds.
void deploy_model(Client& client, const std::string& name) {
  const auto end = std::chrono::steady_clock::now() + kJoinTime;
  for (;;) {
    try {
      (void)client.send("POST", "/api/v1/deployments", dump_json({{"model", name}}));
      return;
    } catch (const Failure& failure) {
      if (std::chrono::steady_clock::now() > end) {
        spdlog::error("{} is not served: {}", name, failure.what());
        return;
      }
    }
    std::this_thread::sleep_for(200ms);
  }
}

int run_up(const Commands& commands, UpOptions options) {
  StopSignal stop;
  if (options.models.empty()) {
    options.models.push_back(unpack_bundled_model(options.plane.data / "models"));
  }
  ControlPlane plane(options.plane);
  const std::string key =
      read_secret("@" + (options.plane.data / "keys" / "admin.key").string());
  if (plane.new_admin_key()) fmt::print("admin key: {}\n", *plane.new_admin_key());
  const NetworkOptions network{.url = plane.url(), .key = key};
  save_network(network);

  Client client(network);
  std::vector<std::unique_ptr<LocalSite>> sites;
  for (uint32_t i = 1; i <= options.sites; ++i) {
    sites.push_back(start_site(commands, options, client, i));
  }
  for (const std::filesystem::path& model : options.models) {
    deploy_model(client, node_agent::model_id_of(model).value());
  }
  fmt::print("console: {}/\n", plane.url());
  std::fflush(stdout);

  stop.wait();
  spdlog::info("stopping");
  stop.on_second([] { std::_Exit(130); });
  for (const auto& site : sites)
    site->request_drain();
  sites.clear();
  plane.stop(10s);
  return 0;
}

}  // namespace

void add_up_command(Commands& commands) {
  CLI::App* up = commands.app.add_subcommand("up", "A whole network in one process");
  up->footer("Example:  suan up --model /models/deepseek-v2-lite.gguf");
  auto options = std::make_shared<UpOptions>();
  up->add_option("--data", options->plane.data, "Where everything is kept");
  up->add_option("--listen", options->plane.listen, "host:port for people and programs");
  up->add_option("--agents-listen", options->plane.agents_listen, "host:port for more agents");
  up->add_option("--model", options->models,
                 "Model file or folder; the bundled one without it");
  up->add_option("--sites", options->sites, "Sites in this process")
      ->check(CLI::Range(1U, 64U));
  up->add_option("--threads", options->threads, "Threads of each site's engine");
  up->add_option("--max-batch", options->max_batch, "Requests decoded together at a site")
      ->check(CLI::Range(1U, 1024U));
  up->set_config("--config", "", "Configuration file; keys are the long flags");
  up->callback([&commands, options] {
    commands.chosen = [&commands, options] {
      if (options->plane.data.empty()) options->plane.data = default_data_dir();
      return run_up(commands, *options);
    };
  });
}

}  // namespace suan::cli
