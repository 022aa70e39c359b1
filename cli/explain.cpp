#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/types/json.h"
#include "catalog/types/text.h"
#include "cli/client.h"
#include "cli/explain_text.h"
#include "cli/settings.h"

namespace suan::cli {

void add_explain_command(Commands& commands) {
  CLI::App* explain = commands.app.add_subcommand("explain", "Where a request ran, and why");
  explain->footer("Example:  suan explain 0192e4a0-7c1e-7000-8000-3f2a9c5d1e77");
  auto request = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  explain->add_option("request", *request, "Its id (X-Suan-Request-Id)")->required();
  explain->add_flag("--json", *as_json, "One JSON document");
  explain->callback([&commands, request, as_json] {
    commands.chosen = [&commands, request, as_json] {
      Client client(find_network(commands.network));
      const std::string answer = client.get("/api/v1/decisions/" + *request);
      fmt::print("{}\n", *as_json ? answer : explain_text(answer));
      return 0;
    };
  });
}

}  // namespace suan::cli
