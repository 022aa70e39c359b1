#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/types/json.h"
#include "cli/client.h"
#include "cli/json_cell.h"
#include "cli/settings.h"
#include "cli/table.h"

namespace suan::cli {

namespace {

struct KeyOptions {
  std::string account = "default";
  std::string prefix;
  std::vector<std::string> rights{"request"};
  bool as_json = false;
};

int create_key(const Commands& commands, const KeyOptions& options) {
  Client client(find_network(commands.network));
  const std::string answer =
      client.send("POST", "/api/v1/keys",
                  dump_json({{"account", options.account}, {"rights", options.rights}}));
  const Result<Json> key = parse_json(answer);
  if (!key || !key->contains("key")) throw Failure(1, "the network's answer is no key");
  // The only time that the key is shown.
  fmt::print("{}\n", options.as_json ? answer : (*key)["key"].get<std::string>());
  return 0;
}

int list_keys(const Commands& commands, const KeyOptions& options) {
  Client client(find_network(commands.network));
  const std::string answer = client.get("/api/v1/keys");
  const Result<Json> keys = parse_json(answer);
  if (options.as_json || !keys || !keys->contains("items")) {
    fmt::print("{}\n", answer);
    return 0;
  }
  Table table({"KEY", "ACCOUNT", "RIGHTS", "CREATED", "REVOKED"});
  for (const Json& key : (*keys)["items"]) {
    table.add({"sk-suan-" + json_cell(key, "prefix") + "...", json_cell(key, "account"),
               json_cell(key, "rights"), json_cell(key, "created"),
               json_cell(key, "is_revoked")});
  }
  fmt::print("{}", table.text(is_terminal_out()));
  return 0;
}

int revoke_key(const Commands& commands, const KeyOptions& options) {
  Client client(find_network(commands.network));
  (void)client.send("DELETE", "/api/v1/keys/" + options.prefix, "");
  fmt::print("{} is revoked\n", options.prefix);
  return 0;
}

}  // namespace

void add_key_commands(Commands& commands) {
  CLI::App* key = commands.app.add_subcommand("key", "Keys of accounts");
  key->require_subcommand(1);
  key->footer("Example:  suan key create --account lab --right request --right research");
  auto options = std::make_shared<KeyOptions>();

  CLI::App* create = key->add_subcommand("create", "Make a key; it is shown once");
  create->add_option("--account", options->account, "Account; an unknown one is opened");
  create->add_option("--right", options->rights,
                     "request, operate:SITE, research, admin, metrics");
  create->add_flag("--json", options->as_json, "One JSON document");
  create->callback([&commands, options] {
    commands.chosen = [&commands, options] { return create_key(commands, *options); };
  });

  CLI::App* list = key->add_subcommand("list", "All keys, by their first characters");
  list->add_flag("--json", options->as_json, "One JSON document");
  list->callback([&commands, options] {
    commands.chosen = [&commands, options] { return list_keys(commands, *options); };
  });

  CLI::App* revoke = key->add_subcommand("revoke", "End a key, within 5 s");
  revoke->add_option("prefix", options->prefix, "Its first 8 characters after sk-suan-")
      ->required();
  revoke->callback([&commands, options] {
    commands.chosen = [&commands, options] { return revoke_key(commands, *options); };
  });
}

}  // namespace suan::cli
