#include "bench/sim/sim_faults.h"

#include "bench/sim/sim_stage.h"

namespace suan::bench {

SimFaults::SimFaults(SimWorld& world,
                     SimNetwork& network,
                     SimControl& control,
                     std::vector<std::unique_ptr<SimNode>>& nodes,
                     uint64_t seed)
    : network_(network), control_(control), nodes_(nodes), random_(seed), loop_(world) {}

void SimFaults::schedule(const SimOptions& options) {
  strike(options.node_crashes, options.duration, &SimFaults::crash_node);
  strike(options.node_freezes, options.duration, &SimFaults::freeze_node);
  strike(options.connection_resets, options.duration, &SimFaults::reset_connection);
  strike(options.partitions, options.duration, &SimFaults::partition_node);
  strike(options.scheduler_crashes, options.duration, &SimFaults::crash_scheduler);
}

void SimFaults::strike(uint32_t times, Duration within, Fault fault) {
  for (uint32_t i = 0; i < times; ++i) {
    loop_.after(draw(0s, within), [this, fault] {
      if (!is_healed_) (this->*fault)();
    });
  }
}

void SimFaults::heal() {
  is_healed_ = true;
  control_.start_scheduler();
  for (const auto& node : nodes_) {
    node->start();
    node->thaw();
    network_.heal(kControlHost, node->host());
  }
}

void SimFaults::crash_node() {
  SimNode& node = any_node();
  if (!node.is_up()) return;
  node.crash();
  loop_.after(draw(1s, 60s), [&node] { node.start(); });
}

void SimFaults::freeze_node() {
  SimNode& node = any_node();
  if (!node.is_up()) return;
  node.freeze();
  loop_.after(draw(1s, 30s), [&node] {
    if (node.is_up()) node.thaw();
  });
}

void SimFaults::reset_connection() {
  network_.reset(kControlHost, any_node().host());
}

void SimFaults::partition_node() {
  const SimNode& node = any_node();
  network_.cut(kControlHost, node.host());
  loop_.after(draw(1s, 120s), [this, &node] { network_.heal(kControlHost, node.host()); });
}

void SimFaults::crash_scheduler() {
  control_.crash_scheduler();
  loop_.after(draw(500ms, 5s), [this] { control_.start_scheduler(); });
}

SimNode& SimFaults::any_node() {
  return *nodes_[random_.below(nodes_.size())];
}

Duration SimFaults::draw(Duration least, Duration most) {
  return least + Duration(static_cast<int64_t>(
                     random_.below(static_cast<uint64_t>((most - least).count()) + 1)));
}

}  // namespace suan::bench
