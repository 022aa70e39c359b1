#include "bench/sim/scenario_events.h"

#include <utility>

namespace suan::bench {

ScenarioEvents::ScenarioEvents(SimStage& stage,
                               const Scenario& scenario,
                               std::vector<SimLink> links)
    : stage_(stage), scenario_(scenario), links_(std::move(links)), loop_(stage.world) {}

void ScenarioEvents::schedule() {
  for (const ScenarioEvent& event : scenario_.events)
    later(event.what.at_s, [this, &event] { happen(event); });
}

void ScenarioEvents::heal() {
  is_healed_ = true;
  for (size_t i = 0; i < stage_.nodes.size(); ++i) {
    stage_.network.set_link(kControlHost, stage_.nodes[i]->host(), links_[i]);
    bring_back(i);
  }
}

void ScenarioEvents::happen(const ScenarioEvent& event) {
  const EventSpec& what = event.what;
  switch (what.kind) {
    case EventKind::SiteLoss:
      for (const size_t node : nodes_of(event)) {
        lose(node);
        if (what.for_s > 0) later(what.for_s, [this, node] { bring_back(node); });
      }
      return;
    case EventKind::SlowLink:
      for (const size_t node : nodes_of(event)) {
        SimLink slow = links_[node];
        slow.latency = Duration(
            static_cast<int64_t>(static_cast<double>(slow.latency.count()) * what.factor));
        const std::string host = stage_.nodes[node]->host();
        stage_.network.set_link(kControlHost, host, slow);
        if (what.for_s == 0) continue;
        later(what.for_s, [this, node, host] {
          stage_.network.set_link(kControlHost, host, links_[node]);
        });
      }
      return;
    case EventKind::RollingRestart:
      return restart_one_by_one(event);
    case EventKind::FlashCrowd:
    case EventKind::LyingSite:
      return;
  }
}

/// As a power cut: nobody is told, the line is dead.
void ScenarioEvents::lose(size_t node) {
  stage_.network.cut(kControlHost, stage_.nodes[node]->host());
  stage_.nodes[node]->crash();
}

void ScenarioEvents::bring_back(size_t node) {
  stage_.network.heal(kControlHost, stage_.nodes[node]->host());
  stage_.nodes[node]->start();
}

/// The processes end and start again; their machines stay on the network.
void ScenarioEvents::restart_one_by_one(const ScenarioEvent& event) {
  double in_s = 0;
  for (const size_t node : nodes_of(event)) {
    later(in_s, [this, node] { stage_.nodes[node]->crash(); });
    later(in_s + event.what.down_s, [this, node] { stage_.nodes[node]->start(); });
    in_s += event.what.every_s;
  }
}

std::vector<size_t> ScenarioEvents::nodes_of(const ScenarioEvent& event) const {
  std::vector<size_t> nodes;
  for (size_t i = 0; i < scenario_.nodes.size(); ++i) {
    if (event.what.site.empty() || scenario_.nodes[i].site == event.site) nodes.push_back(i);
  }
  return nodes;
}

void ScenarioEvents::later(double seconds, std::function<void()> what) {
  loop_.after(Duration(static_cast<int64_t>(seconds * 1e6)), [this, what = std::move(what)] {
    if (!is_healed_) what();
  });
}

}  // namespace suan::bench
