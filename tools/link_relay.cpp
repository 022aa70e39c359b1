#include "tests/support/link_relay.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace {

suan::Duration milliseconds(double ms) {
  return suan::Duration(static_cast<int64_t>(ms * 1'000));
}

/// Splits `host:port`; CLI11 shows the message of what is thrown.
void read_address(const std::string& text, std::string& host, uint16_t& port) {
  const size_t colon = text.rfind(':');
  const int number = colon == std::string::npos ? -1 : std::atoi(text.c_str() + colon + 1);
  if (number < 0 || number > 65'535) throw CLI::ValidationError(text, "is no HOST:PORT");
  host = text.substr(0, colon);
  port = static_cast<uint16_t>(number);
}

/// Each line of stdin is one order; the relay lives as long as stdin is open.
void obey(suan::LinkRelay& relay) {
  std::string order;
  while (std::getline(std::cin, order)) {
    if (order == "stall") {
      relay.stall(true);
    } else if (order == "resume") {
      relay.stall(false);
      relay.refuse(false);
    } else if (order == "cut") {
      relay.cut();
    } else if (order == "down") {
      relay.refuse(true);
      relay.cut();
    } else {
      fmt::print(stderr, "link_relay: unknown order (stall, resume, cut, down)\n");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "A TCP relay that behaves like a long line: adds delay and jitter, limits bandwidth, "
      "flips "
      "bits. Prints where it listens; ends when its stdin closes or on SIGTERM.");
  app.footer("Example:  link_relay --to 127.0.0.1:7400 --rtt-ms 24 --jitter-ms 1");
  suan::LinkRelayConfig config;
  std::string to;
  std::string listen = "127.0.0.1:0";
  double rtt_ms = 0;
  double jitter_ms = 0;
  double bandwidth_mbit_s = 0;
  double flips_per_mib = 0;
  app.add_option("--to", to, "HOST:PORT to connect to")->required();
  app.add_option("--listen", listen, "HOST:PORT; port 0 lets the system choose");
  app.add_option("--rtt-ms", rtt_ms, "Round trip to add, half of it each way")
      ->check(CLI::Range(0.0, 60'000.0));
  app.add_option("--jitter-ms", jitter_ms, "Drawn on top, each way")
      ->check(CLI::Range(0.0, 60'000.0));
  app.add_option("--bandwidth-mbit-s", bandwidth_mbit_s, "Each way; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--flips-per-mib", flips_per_mib, "Bits turned over, on average")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--seed", config.seed, "Of jitter and flips");
  try {
    app.parse(argc, argv);
    read_address(to, config.target_host, config.target_port);
    read_address(listen, config.listen_host, config.listen_port);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  config.up = {milliseconds(rtt_ms / 2), milliseconds(jitter_ms), bandwidth_mbit_s,
               flips_per_mib};
  config.down = config.up;
  try {
    suan::LinkRelay relay(config);
    fmt::print("listening {}:{}\n", config.listen_host, relay.port());
    std::fflush(stdout);
    obey(relay);
  } catch (const std::exception& error) {
    fmt::print(stderr, "link_relay: {}\n", error.what());
    return 1;
  }
  return 0;
}
