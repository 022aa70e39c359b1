#include "cli/settings.h"

#include <cstdlib>
#include <fstream>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/wire/keys.h"

namespace suan::cli {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::filesystem::path below_home(const char* xdg_name, const char* fallback) {
  const std::string xdg = environment(xdg_name);
  if (!xdg.empty()) return std::filesystem::path(xdg) / "suan";
  const std::string home = environment("HOME");
  if (home.empty()) throw Failure(1, "HOME is not set: say where with --data or --url");
  return std::filesystem::path(home) / fallback / "suan";
}

NetworkOptions read_config_file() {
  NetworkOptions network;
  std::ifstream file(config_file());
  if (!file) return network;
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(file)) {
    if (item.inputs.size() != 1) continue;
    if (item.name == "url") network.url = item.inputs[0];
    if (item.name == "key") network.key = item.inputs[0];
  }
  return network;
}

}  // namespace

std::filesystem::path config_file() {
  return below_home("XDG_CONFIG_HOME", ".config") / "config.toml";
}

std::filesystem::path default_data_dir() {
  return below_home("XDG_DATA_HOME", ".local/share");
}

std::string read_secret(const std::string& text) {
  if (text.empty() || text[0] != '@') return text;
  std::ifstream file(text.substr(1));
  std::string line;
  if (!std::getline(file, line)) {
    throw Failure(1, fmt::format("{} cannot be read", text.substr(1)));
  }
  return line;
}

NetworkOptions find_network(const NetworkOptions& flags) {
  NetworkOptions network = flags;
  if (network.url.empty()) network.url = environment("SUAN_URL");
  if (network.key.empty()) network.key = environment("SUAN_KEY");
  if (network.url.empty() || network.key.empty()) {
    const NetworkOptions saved = read_config_file();
    // A saved key belongs to the saved network: it is never sent to another one.
    if (network.url.empty()) network.url = saved.url;
    if (network.key.empty() && network.url == saved.url) network.key = saved.key;
  }
  if (network.url.empty()) {
    throw Failure(2, "no network is known: use --url, SUAN_URL or `suan login URL`");
  }
  network.key = read_secret(network.key);
  return network;
}

void save_network(const NetworkOptions& network) {
  std::filesystem::create_directories(config_file().parent_path());
  write_secret_file(config_file(),
                    fmt::format("url = \"{}\"\nkey = \"{}\"\n", network.url, network.key));
}

}  // namespace suan::cli
