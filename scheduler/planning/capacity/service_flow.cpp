#include "scheduler/planning/capacity/service_flow.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "scheduler/planning/flow/network_simplex.h"

namespace suan::scheduler {
namespace {

/// Where the flow of an arc belongs in the plan; option == none: unmet.
struct Origin {
  uint32_t cell = 0;
  uint32_t option = 0;
};

class Routing {
 public:
  Routing(const ServiceDemand& service, std::vector<int64_t> counts)
      : service_(service),
        cells_(static_cast<uint32_t>(service.cells.size())),
        options_(static_cast<uint32_t>(service.options.size())) {
    plan_.counts = std::move(counts);
    plan_.flow_milli.resize(service.cost_p_per_etok.size());
    plan_.unmet_milli.resize(cells_);
  }

  ServicePlan run() {
    add_nodes();
    for (uint32_t option = 0; option < options_; ++option) {
      if (plan_.counts[option] > 0) add_option(option);
    }
    for (uint32_t cell = 0; cell < cells_; ++cell)
      add_arc({.from = cell,
               .to = sink(),
               .capacity = service_.cells[cell].demand_milli,
               .cost = service_.cells[cell].unmet_p_per_etok},
              {.cell = cell, .option = options_});
    const FlowSolution solution = NetworkSimplex(problem_).solve();
    // Every cell has an arc of its own for all its demand, and `check` keeps the numbers small.
    assert(solution.status == FlowStatus::Optimal);
    for (size_t arc = 0; arc < origins_.size(); ++arc)
      take(origins_[arc], solution.flow[arc]);
    return std::move(plan_);
  }

 private:
  [[nodiscard]] uint32_t sink() const { return cells_ + options_; }

  void add_nodes() {
    problem_.supply.resize(size_t{sink()} + 1);
    for (uint32_t cell = 0; cell < cells_; ++cell) {
      problem_.supply[cell] = service_.cells[cell].demand_milli;
      problem_.supply[sink()] -= service_.cells[cell].demand_milli;
      demand_ += service_.cells[cell].demand_milli;
    }
  }

  void add_option(uint32_t option) {
    const Wide capacity = Wide{plan_.counts[option]} * service_.options[option].capacity_milli;
    for (uint32_t cell = 0; cell < cells_; ++cell) {
      const int64_t cost = service_.cost_p_per_etok[size_t{option} * cells_ + cell];
      const DemandCell& asked = service_.cells[cell];
      if (cost >= asked.unmet_p_per_etok || asked.demand_milli == 0) continue;
      add_arc(
          {.from = cell, .to = cells_ + option, .capacity = asked.demand_milli, .cost = cost},
          {.cell = cell, .option = option});
    }
    add_arc({.from = cells_ + option,
             .to = sink(),
             .capacity = static_cast<int64_t>(std::min<Wide>(capacity, demand_)),
             .cost = 0},
            {.cell = cells_, .option = option});
  }

  void add_arc(const FlowArc& arc, const Origin& origin) {
    problem_.arcs.push_back(arc);
    origins_.push_back(origin);
  }

  void take(const Origin& origin, int64_t flow) {
    if (origin.cell == cells_) return;
    if (origin.option == options_) {
      plan_.unmet_milli[origin.cell] += flow;
    } else {
      plan_.flow_milli[size_t{origin.option} * cells_ + origin.cell] += flow;
    }
  }

  const ServiceDemand& service_;
  uint32_t cells_;
  uint32_t options_;
  int64_t demand_ = 0;
  FlowProblem problem_;
  std::vector<Origin> origins_;  // per arc; cell == none: from an option to the sink
  ServicePlan plan_;
};

}  // namespace

ServicePlan route_service(const ServiceDemand& service, std::vector<int64_t> counts) {
  return Routing(service, std::move(counts)).run();
}

}  // namespace suan::scheduler
