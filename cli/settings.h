#pragma once

#include <filesystem>
#include <string>

#include "cli/command.h"

namespace suan::cli {

/// `~/.config/suan/config.toml`, or below XDG_CONFIG_HOME.
[[nodiscard]] std::filesystem::path config_file();

/// `~/.local/share/suan`, or below XDG_DATA_HOME: where `suan up` and agents keep their data.
[[nodiscard]] std::filesystem::path default_data_dir();

/// Where the network is: the flags, then SUAN_URL and SUAN_KEY, then the configuration file.
/// Throws Failure when neither says it. `@FILE` as a key is read from that file.
[[nodiscard]] NetworkOptions find_network(const NetworkOptions& flags);

/// Writes the configuration file (0600), so that later commands find the network.
void save_network(const NetworkOptions& network);

/// `@FILE` is replaced by the file's first line; anything else stays.
[[nodiscard]] std::string read_secret(const std::string& text);

}  // namespace suan::cli
