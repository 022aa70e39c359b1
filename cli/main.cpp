#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "cli/command.h"
#include "engine/weights/model_file.h"

namespace suan::cli {

namespace {

int run(int argc, char** argv) {
  // The child that reads hostile model files: no options, no logs, no threads.
  if (argc >= 2 && std::string_view(argv[1]) == "model-reader") {
    return engine::run_model_reader(argc - 2, argv + 2);
  }
  std::signal(SIGPIPE, SIG_IGN);
  spdlog::set_default_logger(spdlog::stderr_color_mt("suan"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");

  CLI::App app("Suan: a compute network for model services");
  app.set_version_flag("--version", "suan 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();
  Commands commands{.app = app,
                    .program = std::filesystem::read_symlink("/proc/self/exe").string()};
  app.add_option("--url", commands.network.url, "Address of the network");
  app.add_option("--key", commands.network.key, "Key, or @FILE that holds it");
  add_up_command(commands);
  add_server_command(commands);
  add_agent_command(commands);
  add_login_command(commands);
  add_chat_command(commands);
  add_list_commands(commands);
  add_explain_command(commands);
  add_deploy_commands(commands);
  add_plan_command(commands);
  add_enrol_commands(commands);
  add_key_commands(commands);
  add_bench_command(commands);
  add_model_command(commands);
  add_sim_command(commands);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::cerr << "suan: " << error.what() << "\n";
    return 2;
  }
  return commands.chosen ? commands.chosen() : 2;
}

}  // namespace

}  // namespace suan::cli

int main(int argc, char** argv) {
  try {
    return suan::cli::run(argc, argv);
  } catch (const suan::cli::Failure& failure) {
    std::cerr << "suan: " << failure.what() << "\n";
    return failure.exit_code();
  } catch (const std::exception& error) {
    std::cerr << "suan: " << error.what() << "\n";
    return 1;
  }
}
