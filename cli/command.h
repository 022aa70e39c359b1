#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "catalog/types/result.h"

namespace CLI {
class App;
}

namespace suan::cli {

/// Where the network is and who asks; empty fields are found by `find_network`.
struct NetworkOptions {
  std::string url;
  std::string key;
};

/// What main hands to each `add_*_command`: it declares options on `app` and, when its
/// subcommand was chosen, leaves in `chosen` what is to be done. `chosen` returns the exit code.
struct Commands {
  CLI::App& app;
  std::string program;  // our own executable, for the child that reads model files
  NetworkOptions network{};
  std::function<int()> chosen{};
};

/// Ends the command: `message` goes to stderr as one line after `suan: `.
class Failure : public std::runtime_error {
 public:
  Failure(int exit_code, const std::string& message)
      : std::runtime_error(message), exit_code_(exit_code) {}

  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// A refusal of the network, or an expected failure, as the end of the command.
[[noreturn]] void end_with(const Error& error);

// One function per file of the same name; main lists them all.
void add_agent_command(Commands& commands);
void add_bench_command(Commands& commands);
void add_chat_command(Commands& commands);
void add_deploy_commands(Commands& commands);
void add_plan_command(Commands& commands);
void add_enrol_commands(Commands& commands);
void add_explain_command(Commands& commands);
void add_key_commands(Commands& commands);
void add_list_commands(Commands& commands);
void add_login_command(Commands& commands);
void add_model_command(Commands& commands);
void add_server_command(Commands& commands);
void add_sim_command(Commands& commands);
void add_up_command(Commands& commands);

}  // namespace suan::cli
