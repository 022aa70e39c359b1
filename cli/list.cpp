#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/types/json.h"
#include "cli/client.h"
#include "cli/json_cell.h"
#include "cli/links_text.h"
#include "cli/settings.h"
#include "cli/table.h"

namespace suan::cli {

namespace {

struct Column {
  const char* header;
  const char* field;  // `a.b` looks into objects
};

struct Listing {
  const char* name;
  const char* help;
  const char* path;
  const char* items;  // where in the answer the list is
  std::vector<Column> columns;
  std::string (*below)(const std::string& answer) = nullptr;  // what the table cannot say
};

const std::vector<Listing>& listings() {
  static const std::vector<Listing> kListings{
      {"models",
       "Model services",
       "/v1/models",
       "data",
       {{"MODEL", "id"},
        {"ARCHITECTURE", "architecture"},
        {"QUANTIZATION", "quantization"},
        {"CONTEXT", "context_length"},
        {"SITES", "sites"}}},
      {"sites",
       "Compute centres",
       "/api/v1/sites",
       "items",
       {{"SITE", "id"},
        {"NAME", "name"},
        {"REGION", "region"},
        {"NODES", "nodes"},
        {"ALIVE", "nodes_alive"},
        {"REPLICAS", "replicas_ready"},
        {"RUNNING", "running"},
        {"SLOTS", "slots"}}},
      {"nodes",
       "Machines",
       "/api/v1/nodes",
       "items",
       {{"NODE", "id"},
        {"SITE", "site"},
        {"STATE", "state"},
        {"CPU", "hardware.cpu_model"},
        {"THREADS", "hardware.threads_used"},
        {"RTT MS", "rtt_ms"},
        {"FINGERPRINT", "fingerprint"}}},
      {"replicas",
       "Loaded models",
       "/api/v1/replicas",
       "items",
       {{"MODEL", "model"},
        {"SITE", "site"},
        {"NODE", "node"},
        {"STATE", "state"},
        {"RUNNING", "running"},
        {"SLOTS", "slots"},
        {"DECODE TOK/S", "decode_tokens_per_s"},
        {"ERROR", "error"}}},
      {"links",
       "Round trips, and which links and sites the network cannot lose",
       "/api/v1/links",
       "items",
       {{"FROM", "source"},
        {"TO", "destination"},
        {"RTT MS", "rtt_ms_p50"},
        {"BRIDGE", "is_bridge"},
        {"BYTES/S", "bytes_per_s"},
        {"PRICE/GIB", "price_n_per_gib"}},
       links_text},
      {"offers",
       "Prices",
       "/api/v1/offers",
       "items",
       {{"SITE", "site"},
        {"MODEL", "model"},
        {"INPUT", "input_n_per_token"},
        {"CACHED", "cached_n_per_token"},
        {"OUTPUT", "output_n_per_token"}}},
  };
  return kListings;
}

void print_listing(Client& client, const Listing& listing, bool as_json) {
  const std::string answer = client.get(listing.path);
  if (as_json) {
    fmt::print("{}\n", answer);
    return;
  }
  const Result<Json> json = parse_json(answer, kListingLimits);
  if (!json || !json->contains(listing.items))
    throw Failure(1, "the network's answer is no list");
  std::vector<std::string> headers;
  for (const Column& column : listing.columns)
    headers.emplace_back(column.header);
  Table table(std::move(headers));
  for (const Json& item : (*json)[listing.items]) {
    std::vector<std::string> cells;
    for (const Column& column : listing.columns)
      cells.push_back(json_cell(item, column.field));
    table.add(std::move(cells));
  }
  fmt::print("{}", table.text(is_terminal_out()));
  const std::string below = listing.below == nullptr ? "" : listing.below(answer);
  if (!below.empty()) fmt::print("\n{}", below);
}

int watch(Client& client, const Listing& listing, bool as_json) {
  for (;;) {
    if (is_terminal_out()) fmt::print("\033[H\033[2J");
    print_listing(client, listing, as_json);
    std::fflush(stdout);
    std::this_thread::sleep_for(1s);
  }
}

}  // namespace

void add_list_commands(Commands& commands) {
  for (const Listing& listing : listings()) {
    CLI::App* sub = commands.app.add_subcommand(listing.name, listing.help);
    sub->footer(fmt::format("Example:  suan {} --watch", listing.name));
    auto as_json = std::make_shared<bool>(false);
    auto watches = std::make_shared<bool>(false);
    sub->add_flag("--json", *as_json, "One JSON document");
    sub->add_flag("--watch", *watches, "Again each second");
    sub->callback([&commands, &listing, as_json, watches] {
      commands.chosen = [&commands, &listing, as_json, watches] {
        Client client(find_network(commands.network));
        if (*watches) return watch(client, listing, *as_json);
        print_listing(client, listing, *as_json);
        return 0;
      };
    });
  }
}

}  // namespace suan::cli
