#include "engine/batch/batcher.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "engine/sampling/logprobs.h"

namespace suan::engine {
namespace {

bool are_finite(std::span<const float> logits) {
  return std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); });
}

}  // namespace

Batcher::Batcher(Decoder& decoder,
                 KvCache& cache,
                 const BatcherLimits& limits,
                 std::vector<int32_t> ends)
    : decoder_(decoder), cache_(cache), limits_(limits), ends_(std::move(ends)) {
  assert(decoder.limits().rows >= size_t{limits.slots} + limits.prefill_chunk);
  assert(decoder.limits().outputs >= limits.slots);
  assert(cache.pages().pages_free() >= PagePool::pages_for(limits.kv_tokens) + limits.slots);
  running_.reserve(limits.slots);
  outputs_.reserve(limits.slots);
}

Admission Batcher::submit(Generation generation) {
  if (!is_valid_request(generation)) return Admission::Invalid;
  const uint64_t promised = generation.prompt.size() + uint64_t{generation.tokens_max};
  if (promised > limits_.context_tokens || promised > limits_.kv_tokens)
    return Admission::TooLong;
  if (tokens_promised_ + promised > limits_.kv_tokens) return Admission::Full;

  tokens_promised_ += promised;
  waiting_.push_back(std::make_unique<Sequence>(std::move(generation)));
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

void Batcher::cancel(uint64_t id) {
  const auto take_from = [&](auto& sequences) {
    const auto found = std::ranges::find_if(
        sequences, [&](const SequencePointer& one) { return one->generation.id == id; });
    if (found == sequences.end()) return false;
    tokens_promised_ -= (*found)->tokens_promised();
    sequences.erase(found);
    return true;
  };
  if (take_from(running_) || take_from(waiting_)) {
    cancelled_.push_back({id, FinishReason::Cancelled, {}});
  }
}

StepResult Batcher::step() {
  StepResult result;
  result.finished.swap(cancelled_);
  start_waiting();
  if (running_.empty()) return result;

  fill_batch(result);
  const std::span<const float> logits = decoder_.forward(batch_, cache_);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    take_token(*outputs_[i], logits.subspan(i * limits_.vocabulary, limits_.vocabulary),
               result);
  }
  drop_ended();
  return result;
}

void Batcher::start_waiting() {
  while (!waiting_.empty() && running_.size() < limits_.slots) {
    SequencePointer next = std::move(waiting_.front());
    waiting_.pop_front();
    next->lease = cache_.pages().lease(next->tokens_promised());
    running_.push_back(std::move(next));
  }
}

void Batcher::fill_batch(StepResult& result) {
  batch_.clear();
  outputs_.clear();
  add_decodes(result);
  add_prompts(result);
}

void Batcher::add_decodes(StepResult& result) {
  for (const SequencePointer& sequence : running_) {
    if (sequence->prompt_left() > 0) continue;
    batch_.add_decode(sequence->last_token, sequence->position, sequence->lease);
    ++sequence->position;
    batch_.want_output();
    outputs_.push_back(sequence.get());
    ++result.decoded_sequences;
  }
}

void Batcher::add_prompts(StepResult& result) {
  uint32_t room = limits_.prefill_chunk;
  for (const SequencePointer& sequence : running_) {
    const uint32_t count = std::min(room, sequence->prompt_left());
    if (count == 0) continue;
    const int32_t* tokens = sequence->generation.prompt.data() + sequence->position;
    batch_.add_prompt(tokens, count, sequence->position, sequence->lease);
    sequence->position += count;
    room -= count;
    result.prefill_tokens += count;
    if (sequence->prompt_left() > 0) continue;
    batch_.want_output();
    outputs_.push_back(sequence.get());
  }
}

void Batcher::take_token(Sequence& sequence,
                         std::span<const float> logits,
                         StepResult& result) {
  if (!are_finite(logits)) {
    end(sequence, FinishReason::Failed, "the model's output is not a number", result);
    return;
  }
  const Sampling& sampling = sequence.generation.sampling;
  const int32_t token = sequence.sampler.draw(logits, sampling_room_);
  if (!sampling.ignores_eos && std::ranges::find(ends_, token) != ends_.end()) {
    end(sequence, FinishReason::Stop, {}, result);
    return;
  }

  NewToken made{.id = sequence.generation.id, .token = token};
  if (sampling.wants_logprobs) {
    made.logprob = logprob_of(logits, token);
    if (sampling.top_logprobs > 0) made.top = top_logprobs(logits, sampling.top_logprobs);
  }
  result.tokens.push_back(std::move(made));
  sequence.last_token = token;
  ++sequence.tokens_made;
  if (sequence.tokens_made == sequence.generation.tokens_max) {
    end(sequence, FinishReason::Length, {}, result);
  }
}

void Batcher::end(Sequence& sequence,
                  FinishReason reason,
                  std::string error,
                  StepResult& result) {
  result.finished.push_back({sequence.generation.id, reason, std::move(error)});
  tokens_promised_ -= sequence.tokens_promised();
  sequence.has_ended = true;
}

void Batcher::drop_ended() {
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
