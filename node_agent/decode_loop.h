#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/types/node.h"
#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "node_agent/prepare.h"
#include "node_agent/runner.h"
#include "node_agent/sequence_text.h"

namespace suan::node_agent {

/// The engine thread's own state: which sequences belong to which stream, and what each step
/// means for them. One request may have several sequences, one per choice.
///
/// Threads:  one owner.
class DecodeLoop {
 public:
  using Events = std::vector<std::pair<StreamId, RunnerEvent>>;

  /// Both outlive it.
  DecodeLoop(engine::Engine& engine, const engine::Tokenizer& tokenizer);

  void add(PreparedRequest request);
  void cancel(StreamId stream);

  /// Nothing runs and nothing waits, nor has the engine something to clear away.
  [[nodiscard]] bool is_idle() const;

  /// Admits what fits, makes one step, and tells what came of it.
  void step();

  [[nodiscard]] Events take_events() { return std::exchange(events_, {}); }

  [[nodiscard]] ReplicaLoad load() const;

 private:
  using Clock = std::chrono::steady_clock;

  struct Sequence {
    StreamId stream;
    uint32_t choice = 0;
    SequenceText text;
  };

  struct Stream {
    uint32_t prompt_tokens = 0;
    uint32_t cached_tokens = 0;  // of the prompt, of the choice that started first
    uint32_t open = 0;           // choices that are not finished
    uint32_t completion_tokens = 0;
    uint32_t batch_max = 1;
    std::vector<std::string> finish_reasons;
    std::vector<TokenEvent> pieces;  // of this step
    Clock::time_point began{};       // when the engine took it in
    Clock::time_point first_token{};
    bool has_begun = false;
    bool has_started = false;
    bool has_first_token = false;
    std::shared_ptr<const PreparedRequest> request;
  };

  struct Waiting {
    StreamId stream;
    uint32_t choice = 0;
  };

  void admit();
  void refuse(StreamId stream, engine::Admission why);
  void begin(Stream& stream, const Waiting& next, uint64_t id);
  void take_start(const engine::Start& start);
  void take_token(const engine::NewToken& token);
  void take_finish(const engine::Finish& finish);
  void finish_choice(uint64_t id, const char* reason);
  void flush(uint32_t batch);
  void end(StreamId stream, RunnerEvent event);
  void fail_all(const std::string& why);

  engine::Engine& engine_;
  const engine::Tokenizer& tokenizer_;
  std::map<StreamId, Stream> streams_;
  std::unordered_map<uint64_t, Sequence> sequences_;  // by the engine's id
  std::deque<Waiting> waiting_;
  Events events_;
  uint64_t next_id_ = 1;
  uint64_t generated_ = 0;
};

}  // namespace suan::node_agent
