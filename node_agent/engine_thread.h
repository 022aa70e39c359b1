#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "catalog/types/id.h"
#include "catalog/wire/loop.h"
#include "node_agent/runner.h"

namespace suan::engine {
class Engine;
class ModelFile;
}  // namespace suan::engine

namespace suan::node_agent {

struct EngineThreadConfig {
  ModelId model;
  ReplicaCapacity capacity;    // measured; what `capacity()` answers
  uint32_t streams_max = 256;  // prepared, waiting and running together
  uint64_t seed = 1;           // for requests without a seed
};

/// One replica served by the embedded engine.
///
/// Owns two threads: `prepare` parses bodies and tokenises, `engine` steps the batch. Work
/// goes loop -> prepare -> engine -> loop, in order; a cancellation takes the same way, so it
/// never overtakes its request.
/// Threads:  the loop's, as Runner says.
class EngineThread final : public Runner {
 public:
  /// `loop` outlives the runner. The engine is handed over; nobody else may touch it.
  EngineThread(Loop& loop,
               std::shared_ptr<const engine::ModelFile> model,
               std::unique_ptr<engine::Engine> engine,
               EngineThreadConfig config);

  /// Ends what still runs with ReplicaGone, and joins both threads.
  ~EngineThread() override;

  void submit(Work work) override;
  void cancel(StreamId stream) override;
  [[nodiscard]] ReplicaCapacity capacity() const override;
  [[nodiscard]] ReplicaLoad load() const override;
  void on_event(OnEvent handler) override;

  /// Ends what runs with ReplicaGone and takes nothing more; after it the object may be
  /// destroyed on another thread, so that the loop need not wait for a step to end.
  void shut_down();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace suan::node_agent
