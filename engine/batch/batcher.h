#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "engine/batch/drafter.h"
#include "engine/batch/kv_room.h"
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
  uint32_t output_promised = 100;  // percent of tokens_max
  uint32_t draft_tokens = 0;       // guesses a sequence and step
};

/// Continuous batching: each step draws the next tokens of every sequence whose prompt is done and
/// computes a chunk of the prompts that are not, the shortest first.
///
/// With output_promised 100, room is promised whole at submission, and a sequence once taken in
/// never has to stop for want of it. Below that, when a sequence needs a page and none is free,
/// the youngest one gives its pages back and waits. It is computed again once there is room for
/// all that it can still become; since the oldest never gives way, and each of the others only
/// once for each older one, everything ends.
/// Threads:  one owner.
class Batcher {
 public:
  /// What the batcher works with; all of it outlives the batcher.
  struct Parts {
    Decoder& decoder;
    KvCache& cache;
    Drafter& drafter;
    Sharing sharing = Sharing::Nothing;
  };

  /// `ends` are the tokens that end a text.
  /// Requires: the cache has pages_for(kv_tokens) + slots pages, since each running sequence may
  /// leave a part of its last page unused; the decoder takes slots * (1 + draft_tokens) +
  /// prefill_chunk rows, and all but the chunk as outputs.
  Batcher(const Parts& parts, const BatcherLimits& limits, std::vector<int32_t> ends);

  Admission submit(Generation generation);
  void cancel(uint64_t id);
  StepResult step();
  [[nodiscard]] EngineCapacity capacity() const;

  /// Pages that are kept for texts to come, those in use included.
  [[nodiscard]] size_t pages_kept() const { return room_.pages_kept(); }

 private:
  using SequencePointer = std::unique_ptr<Sequence>;

  [[nodiscard]] bool is_valid_request(const Generation& generation) const;
  [[nodiscard]] bool is_known(uint64_t id) const;
  [[nodiscard]] uint64_t promised(const Generation& generation, size_t prompt) const;

  // Who runs.
  void start_waiting(StepResult& result);
  bool make_room(Sequence& sequence, StepResult& result);
  void preempt(Sequence& sequence, StepResult& result);
  void drop_ended();

  // What a step computes.
  void plan_decodes(StepResult& result);
  void plan_prefills(StepResult& result);
  void fill_batch();
  void add_rows(const Sequence& sequence, ComputedRows& rows);
  void take_outputs(std::span<const float> logits, StepResult& result);
  uint32_t draw(Sequence& sequence, std::span<const float> logits, StepResult& result);
  bool take_token(Sequence& sequence, std::span<const float> logits, StepResult& result);
  bool make_mask(Sequence& sequence, StepResult& result);
  void keep_prompts();
  void end(Sequence& sequence, FinishReason reason, std::string error, StepResult& result);

  Decoder& decoder_;
  KvCache& cache_;
  Drafter& drafter_;
  KvRoom room_;
  BatcherLimits limits_;
  std::vector<int32_t> ends_;
  std::deque<SequencePointer> waiting_;   // oldest first
  std::vector<SequencePointer> running_;  // oldest first
  uint64_t tokens_promised_ = 0;
  uint64_t next_age_ = 0;
  std::vector<Finish> cancelled_;  // told with the next step

  Batch batch_;
  std::vector<Sequence*> prefills_;     // working space
  std::vector<ComputedRows> computed_;  // of this step's batch
  std::vector<int32_t> checked_;        // a token and the guesses behind it
  std::vector<uint64_t> mask_;          // a bit for each token that may come; empty: all may
  SamplingRoom sampling_room_;
};

}  // namespace suan::engine
