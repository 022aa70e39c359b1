#include "engine/batch/batcher.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace suan::engine {

Batcher::Batcher(const Parts& parts, const BatcherLimits& limits, std::vector<int32_t> ends)
    : decoder_(parts.decoder),
      cache_(parts.cache),
      drafter_(parts.drafter),
      room_(parts.cache.pages(), parts.sharing),
      limits_(limits),
      ends_(std::move(ends)) {
  const size_t decoded = size_t{limits.slots} * (1 + limits.draft_tokens);
  assert(decoder_.limits().rows >= decoded + limits.prefill_chunk);
  assert(decoder_.limits().outputs >= decoded);
  assert(cache_.pages().pages_free() >= PagePool::pages_for(limits.kv_tokens) + limits.slots);
  assert(limits.output_promised <= 100);
  running_.reserve(limits.slots);
  prefills_.reserve(limits.slots);
  computed_.reserve(limits.slots);
}

Admission Batcher::submit(Generation generation) {
  if (!is_valid_request(generation)) return Admission::Invalid;
  const uint64_t most = generation.prompt.size() + uint64_t{generation.tokens_max};
  if (most > limits_.context_tokens || most > limits_.kv_tokens) return Admission::TooLong;
  const uint64_t wanted = promised(generation, generation.prompt.size());
  if (tokens_promised_ + wanted > limits_.kv_tokens) return Admission::Full;

  waiting_.push_back(
      std::make_unique<Sequence>(std::move(generation), next_age_++, limits_.draft_tokens));
  tokens_promised_ += wanted;
  return Admission::Accepted;
}

bool Batcher::is_valid_request(const Generation& generation) const {
  const bool has_tokens = std::ranges::all_of(generation.prompt, [&](int32_t token) {
    return token >= 0 && static_cast<uint32_t>(token) < limits_.vocabulary;
  });
  return has_tokens && !generation.prompt.empty() && generation.tokens_max > 0 &&
         is_valid(generation.sampling, limits_.vocabulary) && !is_known(generation.id);
}

bool Batcher::is_known(uint64_t id) const {
  const auto has_id = [&](const SequencePointer& one) { return one->generation.id == id; };
  return std::ranges::any_of(waiting_, has_id) || std::ranges::any_of(running_, has_id);
}

/// The prompt and its share of the output, one token at least.
uint64_t Batcher::promised(const Generation& generation, size_t prompt) const {
  const uint64_t output = uint64_t{generation.tokens_max} * limits_.output_promised / 100;
  return prompt + std::max<uint64_t>(output, 1);
}

void Batcher::cancel(uint64_t id) {
  const auto take_from = [&](auto& sequences) {
    const auto found = std::ranges::find_if(
        sequences, [&](const SequencePointer& one) { return one->generation.id == id; });
    if (found == sequences.end()) return false;
    const Sequence& sequence = **found;
    room_.keep(sequence);
    tokens_promised_ -= promised(sequence.generation, sequence.prompt_tokens);
    sequences.erase(found);
    return true;
  };
  if (take_from(running_) || take_from(waiting_)) {
    cancelled_.push_back({id, FinishReason::Cancelled, {}});
  }
}

StepResult Batcher::step() {
  const auto start = std::chrono::steady_clock::now();
  StepResult result;
  result.finished.swap(cancelled_);
  start_waiting(result);
  if (running_.empty()) return result;

  plan_decodes(result);
  plan_prefills(result);
  fill_batch();
  if (batch_.rows() > 0) take_outputs(decoder_.forward(batch_, cache_), result);
  drafter_.draft(computed_);
  keep_prompts();
  drop_ended();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  drafter_.learn(result, took.count());
  return result;
}

/// In order of age: one that does not fit is not overtaken.
void Batcher::start_waiting(StepResult& result) {
  while (!waiting_.empty() && running_.size() < limits_.slots) {
    Sequence& next = *waiting_.front();
    // Once it has lost its room, it comes back only for good.
    const size_t wanted = next.was_preempted ? next.tokens_most() : next.tokens.size() + 1;
    if (!room_.start(next, wanted)) return;
    if (!next.was_told) {
      result.started.push_back({next.generation.id, next.position});
      next.was_told = true;
    }
    next.steps_unserved = 0;
    running_.push_back(std::move(waiting_.front()));  // younger than all that run
    waiting_.pop_front();
  }
}

/// Room for the rows that the sequence wants; without its guesses if need be, and from the
/// youngest if need be. False: it was the youngest itself.
bool Batcher::make_room(Sequence& sequence, StepResult& result) {
  if (room_.extend(sequence, size_t{sequence.position} + 1 + sequence.draft.size()))
    return true;
  sequence.draft.clear();
  while (!room_.extend(sequence, size_t{sequence.position} + 1)) {
    Sequence& youngest = *running_.back();
    const bool gives_way = &youngest == &sequence;
    assert(!gives_way || running_.size() > 1);  // alone it fits: see submit
    preempt(youngest, result);
    if (gives_way) return false;
  }
  return true;
}

void Batcher::preempt(Sequence& sequence, StepResult& result) {
  assert(&sequence == running_.back().get());
  room_.keep(sequence);
  sequence.lease = {};
  sequence.position = 0;
  sequence.rows = 0;
  sequence.draft.clear();
  sequence.was_preempted = true;
  ++result.preempted;
  waiting_.push_front(std::move(running_.back()));  // older than all that wait
  running_.pop_back();
}

void Batcher::end(Sequence& sequence,
                  FinishReason reason,
                  std::string error,
                  StepResult& result) {
  result.finished.push_back({sequence.generation.id, reason, std::move(error)});
  tokens_promised_ -= promised(sequence.generation, sequence.prompt_tokens);
  sequence.has_ended = true;
  sequence.has_failed = reason == FinishReason::Failed;
}

void Batcher::drop_ended() {
  for (const SequencePointer& sequence : running_) {
    // What is not a number must not be found by others.
    if (sequence->has_ended && !sequence->has_failed) room_.keep(*sequence);
  }
  std::erase_if(running_, [](const SequencePointer& one) { return one->has_ended; });
}

EngineCapacity Batcher::capacity() const {
  uint64_t queued = 0;
  for (const SequencePointer& sequence : waiting_)
    queued += sequence->prompt_left();
  for (const SequencePointer& sequence : running_)
    queued += sequence->prompt_left();
  return {.slots = limits_.slots,
          .running = static_cast<uint32_t>(running_.size()),
          .waiting = static_cast<uint32_t>(waiting_.size()),
          .kv_tokens_total = limits_.kv_tokens,
          .kv_tokens_taken = static_cast<uint32_t>(tokens_promised_),
          .prefill_tokens_queued = static_cast<uint32_t>(queued),
          .context_tokens = limits_.context_tokens,
          .vocabulary = limits_.vocabulary};
}

}  // namespace suan::engine
