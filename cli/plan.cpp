#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "catalog/types/json.h"
#include "cli/client.h"
#include "cli/plan_text.h"
#include "cli/settings.h"
#include "cli/table.h"

namespace suan::cli {

namespace {

struct PlanOptions {
  bool is_dry_run = false;
  bool as_json = false;
};

}  // namespace

void add_plan_command(Commands& commands) {
  CLI::App* plan = commands.app.add_subcommand(
      "plan", "Which replicas should be where, what that costs, and how good it is");
  plan->footer("Example:  suan plan --dry-run");
  auto options = std::make_shared<PlanOptions>();
  plan->add_flag("--dry-run", options->is_dry_run, "What a plan would be now; nothing moves");
  plan->add_flag("--json", options->as_json, "One JSON document");
  plan->callback([&commands, options] {
    commands.chosen = [&commands, options] {
      Client client(find_network(commands.network));
      const std::string answer =
          client.get(options->is_dry_run ? "/api/v1/plan/proposed" : "/api/v1/plan");
      fmt::print("{}", options->as_json ? answer + "\n" : plan_text(answer, is_terminal_out()));
      return 0;
    };
  });
}

}  // namespace suan::cli
