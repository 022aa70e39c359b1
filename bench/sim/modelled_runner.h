#pragma once

#include <memory>

#include "bench/sim/replica_model.h"
#include "catalog/types/node.h"
#include "catalog/types/time.h"
#include "catalog/wire/loop.h"
#include "node_agent/runner.h"

namespace suan::bench {

/// `Runner` on a loop's (virtual) time: the first token at its time, then one message per
/// second at the most, the last token at its true time (`scheduler.md`, section 8).
///
/// Threads:  the loop's.
class ModelledRunner final : public node_agent::Runner {
 public:
  /// `loop` outlives the runner.
  ModelledRunner(Loop& loop, const ReplicaModel& model);
  ~ModelledRunner() override;
  ModelledRunner(const ModelledRunner&) = delete;
  ModelledRunner& operator=(const ModelledRunner&) = delete;

  void submit(node_agent::Work work) override;
  void cancel(StreamId stream) override;
  [[nodiscard]] ReplicaCapacity capacity() const override;
  [[nodiscard]] ReplicaLoad load() const override;
  void on_event(OnEvent handler) override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace suan::bench
