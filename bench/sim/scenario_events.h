#pragma once

#include <functional>
#include <vector>

#include "bench/scenario/scenario.h"
#include "bench/sim/sim_stage.h"

namespace suan::bench {

/// Makes a scenario's events happen: sites that lose power, slow links, restarts one by one.
///
/// Flash crowds are in the requests already, lying sites in their nodes.
/// Threads:  the world's.
class ScenarioEvents {
 public:
  /// All references outlive the events; nodes stand in the scenario's order.
  ScenarioEvents(SimStage& stage, const Scenario& scenario, std::vector<SimLink> links);

  /// Times count from now.
  void schedule();

  /// Ends all of them: everything is up and as near as it was.
  void heal();

 private:
  void happen(const ScenarioEvent& event);
  void lose(size_t node);
  void bring_back(size_t node);
  void restart_one_by_one(const ScenarioEvent& event);
  [[nodiscard]] std::vector<size_t> nodes_of(const ScenarioEvent& event) const;
  void later(double seconds, std::function<void()> what);

  SimStage& stage_;
  const Scenario& scenario_;
  std::vector<SimLink> links_;  // of each node, when nothing is wrong
  SimLoop loop_;                // of the hand that does it
  bool is_healed_ = false;
};

}  // namespace suan::bench
