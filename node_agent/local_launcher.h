#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "catalog/wire/loop.h"
#include "node_agent/launcher.h"
#include "node_agent/model_depot.h"

namespace suan::node_agent {

struct LocalLauncherConfig {
  uint32_t threads = 1;
  uint32_t slots = 8;      // requests decoded together (`--max-batch`)
  uint32_t kv_tokens = 0;  // 0: slots * context
  std::string backend = "auto";
  std::string speculation = "auto";  // `engine::speculation_named`
  uint32_t output_promised = 100;    // `engine::EngineConfig`
  Duration drain_max = 30s;
  Duration measure_max = 2s;  // of tokens/s after loading
  uint64_t seed = 1;
};

/// Serves models of the depot with the embedded engine, in this process.
///
/// Loading, measuring and unloading run on a thread of its own, which may block.
/// Threads:  the loop's.
class LocalLauncher final : public Launcher {
 public:
  /// `loop` outlives the launcher.
  LocalLauncher(Loop& loop, ModelDepot depot, LocalLauncherConfig config);
  ~LocalLauncher() override;
  LocalLauncher(const LocalLauncher&) = delete;
  LocalLauncher& operator=(const LocalLauncher&) = delete;

  void want(std::vector<WantedReplica> replicas) override;
  [[nodiscard]] const std::vector<LaunchedReplica>& replicas() const override;
  [[nodiscard]] std::vector<DepotModel> depot() const override;
  void on_change(std::function<void()> handler) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace suan::node_agent
