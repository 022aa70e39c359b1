#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/node.h"
#include "catalog/types/request.h"
#include "catalog/types/time.h"

namespace suan::node_agent {

/// One attempt, whole: facts from the scheduler, body from the gateway.
struct Work {
  StreamId stream;
  RequestFacts facts;
  RequestBody body;
};

/// The prompt is known: its true length, and how much of it was in the prefix cache. Told again
/// when the latter turns out to be more than 0.
struct AcceptedEvent {
  uint32_t prompt_tokens = 0;
  uint32_t cached_tokens = 0;
};

struct TokensEvent {
  std::vector<TokenEvent> pieces;
};

struct DoneEvent {
  Usage usage;
  std::vector<std::string> finish_reasons;
  std::string answer_json;  // tokenize and detokenize: the whole answer
  Duration prefill{};       // on the engine's clock, queueing excluded
  Duration decode{};
  uint32_t batch_max = 1;
};

struct FailedEvent {
  Error error;
  bool is_final = false;  // the request is at fault: another replica would do no better
};

using RunnerEvent = std::variant<AcceptedEvent, TokensEvent, DoneEvent, FailedEvent>;

/// Serves attempts on one replica.
///
/// Each submitted stream ends with exactly one DoneEvent or FailedEvent (a cancelled one with
/// FailedEvent Cancelled).
/// Implementations: `EngineThread`; `UpstreamRunner` later; `ModelledRunner` in bench.
/// Threads:  the agent's loop; events arrive there too.
class Runner {
 public:
  using OnEvent = std::function<void(StreamId stream, RunnerEvent event)>;

  virtual ~Runner() = default;

  virtual void submit(Work work) = 0;
  virtual void cancel(StreamId stream) = 0;
  [[nodiscard]] virtual ReplicaCapacity capacity() const = 0;
  [[nodiscard]] virtual ReplicaLoad load() const = 0;
  virtual void on_event(OnEvent handler) = 0;
};

}  // namespace suan::node_agent
