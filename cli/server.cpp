#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "cli/command.h"
#include "cli/control_plane.h"
#include "cli/settings.h"
#include "cli/stop_signal.h"

namespace suan::cli {

namespace {

int run_server(const ControlPlaneOptions& options) {
  StopSignal stop;
  ControlPlane plane(options);
  if (plane.new_admin_key()) {
    // The only time that it is printed; scripts find it in DATA/keys/admin.key.
    fmt::print("admin key: {}\n", *plane.new_admin_key());
  }
  fmt::print("serving {} for people, {} for agents\n", plane.url(), plane.agents_address());
  std::fflush(stdout);
  stop.wait();
  spdlog::info("stopping: requests get 30 s to end; a second signal ends at once");
  stop.on_second([] { std::_Exit(130); });
  plane.stop(30s);
  return 0;
}

}  // namespace

void add_server_command(Commands& commands) {
  CLI::App* server = commands.app.add_subcommand("server", "The control plane of a network");
  server->footer("Example:  suan server --data /var/lib/suan --listen 127.0.0.1:8080");
  auto options = std::make_shared<ControlPlaneOptions>();
  server->add_option("--data", options->data, "Where store, keys and journal are kept");
  server->add_option("--listen", options->listen, "host:port for people and programs");
  server->add_option("--agents-listen", options->agents_listen,
                     "host:port for agents; tokens use the next port");
  server->add_option("--store", options->store, "sqlite:FILE or postgresql://...; or @FILE");
  server->add_option("--tls-cert", options->tls_cert, "Certificate chain, PEM");
  server->add_option("--tls-key", options->tls_key, "Private key, PEM");
  server->add_option("--public-name", options->public_names, "Host name to answer to");
  server->add_option("--http-threads", options->http_threads, "As many as cores without it");
  server->set_config("--config", "", "Configuration file; keys are the long flags");
  server->callback([&commands, options] {
    commands.chosen = [options] {
      if (options->data.empty()) options->data = default_data_dir();
      options->store = read_secret(options->store);
      return run_server(*options);
    };
  });
}

}  // namespace suan::cli
