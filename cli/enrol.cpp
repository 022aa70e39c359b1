#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/types/json.h"
#include "cli/client.h"
#include "cli/duration_option.h"
#include "cli/settings.h"

namespace suan::cli {

namespace {

struct TicketOptions {
  std::string site;
  std::string region;
  std::string name;
  std::string address;
  std::string expires = "24h";
  bool auto_approve = false;
  bool as_json = false;
};

int create_ticket(const Commands& commands, const TicketOptions& options) {
  const Result<Duration> expires = parse_duration(options.expires);
  if (!expires) throw Failure(2, "--expires: " + expires.error().message);
  Json body{{"site", options.site},
            {"expires_s", std::chrono::duration_cast<std::chrono::seconds>(*expires).count()},
            {"auto_approve", options.auto_approve}};
  if (!options.region.empty()) body["region"] = options.region;
  if (!options.name.empty()) body["name"] = options.name;
  if (!options.address.empty()) body["address"] = options.address;

  Client client(find_network(commands.network));
  const std::string answer = client.send("POST", "/api/v1/tickets", dump_json(body));
  if (options.as_json) {
    fmt::print("{}\n", answer);
    return 0;
  }
  const Result<Json> ticket = parse_json(answer);
  if (!ticket || !ticket->contains("ticket"))
    throw Failure(1, "the network's answer is no ticket");
  fmt::print("{}\n", (*ticket)["ticket"].get<std::string>());
  return 0;
}

void add_ticket(Commands& commands) {
  CLI::App* ticket = commands.app.add_subcommand("ticket", "Let a machine join a site");
  ticket->require_subcommand(1);
  CLI::App* create = ticket->add_subcommand("create", "Print a one-time ticket");
  create->footer("Example:  suan ticket create --site north --expires 2h");
  auto options = std::make_shared<TicketOptions>();
  create->add_option("--site", options->site, "Site; an unknown one is registered")->required();
  create->add_option("--region", options->region, "Region of a new site");
  create->add_option("--name", options->name, "Name of a new site, for people");
  create->add_option("--address", options->address, "host:port that agents shall connect to");
  create->add_option("--expires", options->expires, "How long it is good: 30m, 24h");
  create->add_flag("--auto-approve", options->auto_approve,
                   "No operator looks (demonstrations)");
  create->add_flag("--json", options->as_json, "One JSON document");
  create->callback([&commands, options] {
    commands.chosen = [&commands, options] { return create_ticket(commands, *options); };
  });
}

void add_node_verb(Commands& commands, CLI::App& node, const char* verb, const char* help) {
  CLI::App* sub = node.add_subcommand(verb, help);
  auto name = std::make_shared<std::string>();
  sub->add_option("node", *name, "Name of the node")->required();
  sub->callback([&commands, name, verb = std::string(verb)] {
    commands.chosen = [&commands, name, verb] {
      Client client(find_network(commands.network));
      const std::string path = "/api/v1/nodes/" + *name;
      if (verb == "remove") {
        (void)client.send("DELETE", path, "");
      } else {
        (void)client.send("POST", path + "/" + verb, "{}");
      }
      fmt::print("{}: {} done\n", *name, verb);
      return 0;
    };
  });
}

}  // namespace

void add_enrol_commands(Commands& commands) {
  add_ticket(commands);
  CLI::App* node = commands.app.add_subcommand("node", "Approve and maintain nodes");
  node->require_subcommand(1);
  node->footer("Example:  suan node approve north-1");
  add_node_verb(commands, *node, "approve",
                "Let an enrolled node in, after comparing fingerprints");
  add_node_verb(commands, *node, "drain", "Finish what runs there, send nothing new");
  add_node_verb(commands, *node, "resume", "Use a drained node again");
  add_node_verb(commands, *node, "remove", "Revoke its key and forget it");
}

}  // namespace suan::cli
