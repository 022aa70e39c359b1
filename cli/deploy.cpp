#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/types/json.h"
#include "cli/client.h"
#include "cli/settings.h"

namespace suan::cli {

namespace {

struct DeployOptions {
  std::string model;
  uint32_t replicas = 0;
  std::vector<std::string> sites;
  bool follow_demand = false;
};

void add_deploy(Commands& commands) {
  CLI::App* deploy = commands.app.add_subcommand("deploy", "Serve a model on the network");
  deploy->footer(
      "Examples: suan deploy stories-moe --replicas 2 --site north\n"
      "          suan deploy stories-moe --follow-demand");
  auto options = std::make_shared<DeployOptions>();
  deploy->add_option("model", options->model, "Name of the model")->required();
  auto* replicas = deploy->add_option("--replicas", options->replicas,
                                      "How many; all fitting nodes without it");
  deploy->add_option("--site", options->sites, "Only here; may be repeated");
  deploy
      ->add_flag("--follow-demand", options->follow_demand,
                 "As many, and where, as demand and prices make best")
      ->excludes(replicas);
  deploy->callback([&commands, options] {
    commands.chosen = [&commands, options] {
      Json body{{"model", options->model}};
      if (options->replicas > 0) body["replicas"] = options->replicas;
      if (!options->sites.empty()) body["sites"] = options->sites;
      if (options->follow_demand) body["follow_demand"] = true;
      Client client(find_network(commands.network));
      (void)client.send("POST", "/api/v1/deployments", dump_json(body));
      fmt::print("{} is wanted; `suan replicas --watch` shows it coming up\n", options->model);
      return 0;
    };
  });
}

void add_retire(Commands& commands) {
  CLI::App* retire = commands.app.add_subcommand("retire", "Stop serving a model");
  retire->footer("Example:  suan retire stories-moe");
  auto model = std::make_shared<std::string>();
  retire->add_option("model", *model, "Name of the model")->required();
  retire->callback([&commands, model] {
    commands.chosen = [&commands, model] {
      Client client(find_network(commands.network));
      (void)client.send("DELETE", "/api/v1/deployments/" + *model, "");
      fmt::print("{} drains and unloads\n", *model);
      return 0;
    };
  });
}

}  // namespace

void add_deploy_commands(Commands& commands) {
  add_deploy(commands);
  add_retire(commands);
}

}  // namespace suan::cli
