#include <iostream>
#include <memory>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/client.h"
#include "cli/settings.h"

namespace suan::cli {

void add_login_command(Commands& commands) {
  CLI::App* login =
      commands.app.add_subcommand("login", "Store where the network is, and a key");
  login->footer("Example:  suan login http://127.0.0.1:8080 --key @admin.key");
  auto url = std::make_shared<std::string>();
  login->add_option("url", *url, "Address of the network")->required();
  login->callback([&commands, url] {
    commands.chosen = [&commands, url] {
      NetworkOptions network{.url = *url, .key = read_secret(commands.network.key)};
      if (network.key.empty()) {
        if (isatty(STDIN_FILENO) == 1) std::cerr << "Key: ";
        std::getline(std::cin, network.key);
      }
      // A key that does not work is not worth keeping.
      (void)Client(network).get("/v1/models");
      save_network(network);
      fmt::print("Logged in to {}; kept in {}\n", network.url, config_file().string());
      return 0;
    };
  });
}

}  // namespace suan::cli
