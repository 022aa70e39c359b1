#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "engine/batch/sequence.h"
#include "engine/engine.h"
#include "engine/model/decoder.h"

namespace suan::engine {

struct BatcherLimits {
  uint32_t slots = 0;
  uint32_t kv_tokens = 0;  // promised to all sequences together, waiting ones included
  uint32_t prefill_chunk = 0;
  uint32_t context_tokens = 0;
  uint32_t vocabulary = 0;
};

/// Continuous batching: each step decodes one token for every running sequence and computes a
/// chunk of the prompts that are not done, oldest first.
///
/// Room is promised whole at submission (prompt and all output), so a sequence once taken in
/// never has to stop for want of it; what waits is bounded by the same promise.
/// Threads:  one owner.
class Batcher {
 public:
  /// The decoder and the cache outlive the batcher. `ends` are the tokens that end a text.
  /// Requires: the cache has pages_for(kv_tokens) + slots pages, since each running sequence may
  /// leave a part of its last page unused; the decoder takes slots + prefill_chunk rows.
  Batcher(Decoder& decoder,
          KvCache& cache,
          const BatcherLimits& limits,
          std::vector<int32_t> ends);

  Admission submit(Generation generation);
  void cancel(uint64_t id);
  StepResult step();
  [[nodiscard]] EngineCapacity capacity() const;

 private:
  using SequencePointer = std::unique_ptr<Sequence>;

  [[nodiscard]] bool is_valid_request(const Generation& generation) const;
  [[nodiscard]] bool is_known(uint64_t id) const;
  void start_waiting();
  void fill_batch(StepResult& result);
  void add_decodes(StepResult& result);
  void add_prompts(StepResult& result);
  void take_token(Sequence& sequence, std::span<const float> logits, StepResult& result);
  void end(Sequence& sequence, FinishReason reason, std::string error, StepResult& result);
  void drop_ended();

  Decoder& decoder_;
  KvCache& cache_;
  BatcherLimits limits_;
  std::vector<int32_t> ends_;
  std::deque<SequencePointer> waiting_;
  std::vector<SequencePointer> running_;  // oldest first
  uint64_t tokens_promised_ = 0;
  std::vector<Finish> cancelled_;  // told with the next step

  Batch batch_;
  std::vector<Sequence*> outputs_;  // whose logits each output row of the batch is
  SamplingRoom sampling_room_;
};

}  // namespace suan::engine
