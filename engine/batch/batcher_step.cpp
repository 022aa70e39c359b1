// What one step computes, and what is made of it.

#include <algorithm>
#include <cassert>
#include <cmath>
#include <exception>
#include <utility>

#include "engine/batch/batcher.h"
#include "engine/batch/prefill_order.h"
#include "engine/sampling/logprobs.h"

namespace suan::engine {
namespace {

bool are_finite(std::span<const float> logits) {
  return std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); });
}

}  // namespace

void Batcher::plan_decodes(StepResult& result) {
  // Whoever gives way is at the end.
  for (size_t i = 0; i < running_.size(); ++i) {
    Sequence& sequence = *running_[i];
    sequence.rows = 0;
    if (!sequence.is_decoding() || !make_room(sequence, result)) continue;
    sequence.rows = 1 + static_cast<uint32_t>(sequence.draft.size());
    result.drafted_tokens += sequence.rows - 1;
    ++result.decoded_sequences;
  }
}

void Batcher::plan_prefills(StepResult& result) {
  prefills_.clear();
  for (const SequencePointer& sequence : running_) {
    if (sequence->catching_up() > 0) prefills_.push_back(sequence.get());
  }
  order_prefills(prefills_);
  uint32_t left = limits_.prefill_chunk;
  for (Sequence* sequence : prefills_) {
    // The prompt and what is computed again after it are rows of two kinds.
    const uint32_t wanted =
        sequence->prompt_left() > 0 ? sequence->prompt_left() : sequence->catching_up();
    sequence->rows = std::min(left, wanted);
    sequence->steps_unserved = sequence->rows > 0 ? 0 : sequence->steps_unserved + 1;
    left -= sequence->rows;
  }
  result.prefill_tokens = limits_.prefill_chunk - left;
}

void Batcher::fill_batch() {
  batch_.clear();
  computed_.clear();
  for (const bool of_prompts : {false, true}) {
    for (const SequencePointer& each : running_) {
      Sequence& sequence = *each;
      const bool is_prompt = sequence.prompt_left() > 0;
      if (sequence.rows == 0 || is_prompt != of_prompts) continue;
      computed_.push_back({.sequence = &sequence,
                           .first_row = batch_.rows(),
                           .count = sequence.rows,
                           .position = sequence.position,
                           .is_prompt = is_prompt});
      add_rows(sequence, computed_.back());
    }
  }
}

void Batcher::add_rows(const Sequence& sequence, ComputedRows& rows) {
  const int32_t* tokens = sequence.tokens.data() + sequence.position;
  if (rows.is_prompt) {
    batch_.add_prompt(tokens, rows.count, rows.position, sequence.lease);
    const bool is_last = rows.count == sequence.catching_up();
    if (is_last && sequence.tokens_made() == 0) rows.output = batch_.want_output();
  } else if (!sequence.is_decoding()) {
    batch_.add_decodes(tokens, rows.count, rows.position, sequence.lease);
  } else {
    checked_.assign(1, sequence.tokens.back());
    checked_.insert(checked_.end(), sequence.draft.begin(), sequence.draft.end());
    batch_.add_decodes(checked_.data(), checked_.size(), rows.position, sequence.lease);
    rows.output = batch_.want_output(rows.count);
  }
}

void Batcher::take_outputs(std::span<const float> logits, StepResult& result) {
  for (ComputedRows& rows : computed_) {
    Sequence& sequence = *rows.sequence;
    if (rows.output) {
      const std::span<const float> own = logits.subspan(*rows.output * limits_.vocabulary);
      rows.count = rows.is_prompt ? rows.count : 1;
      rows.count += draw(sequence, own, result);
    }
    sequence.position += rows.count;
    sequence.draft.clear();
  }
}

/// A prompt that is done is there at once for others that begin alike.
void Batcher::keep_prompts() {
  for (const ComputedRows& rows : computed_) {
    const Sequence& sequence = *rows.sequence;
    const bool is_done = rows.is_prompt && sequence.prompt_left() == 0;
    if (is_done && !sequence.has_failed) room_.keep(sequence);
  }
}

/// Draws tokens as long as they are those that were guessed, since only then the next row's
/// logits are what decoding alone would have seen. Returns how many guesses were right.
uint32_t Batcher::draw(Sequence& sequence, std::span<const float> logits, StepResult& result) {
  const auto drafted = static_cast<uint32_t>(sequence.draft.size());
  uint32_t kept = 0;
  try {
    while (take_token(sequence,
                      logits.subspan(kept * size_t{limits_.vocabulary}, limits_.vocabulary),
                      result)) {
      if (kept == drafted || sequence.tokens.back() != sequence.draft[kept]) break;
      ++kept;
    }
  } catch (const std::exception& error) {
    end(sequence, FinishReason::Failed, error.what(), result);
  }
  if (drafted > 0) sequence.pace.learn(drafted, kept);
  result.kept_drafts += kept;
  return kept;
}

/// Draws one token. False: the sequence has ended.
bool Batcher::take_token(Sequence& sequence,
                         std::span<const float> logits,
                         StepResult& result) {
  if (!are_finite(logits)) {
    end(sequence, FinishReason::Failed, "the model's output is not a number", result);
    return false;
  }
  if (!make_mask(sequence, result)) return false;
  const Sampling& sampling = sequence.generation.sampling;
  const int32_t token = sequence.sampler.draw(logits, sampling_room_, mask_);
  if (!sampling.ignores_eos && std::ranges::find(ends_, token) != ends_.end()) {
    end(sequence, FinishReason::Stop, {}, result);
    return false;
  }
  if (sequence.grammar && !sequence.grammar->accept(token)) {
    end(sequence, FinishReason::Failed,
        "the grammar went too far: " + sequence.grammar->failure(), result);
    return false;
  }

  NewToken made{.id = sequence.generation.id, .token = token};
  if (sampling.wants_logprobs) {
    made.logprob = logprob_of(logits, token);
    if (sampling.top_logprobs > 0) made.top = top_logprobs(logits, sampling.top_logprobs);
  }
  sequence.tokens.push_back(token);
  result.tokens.push_back(std::move(made));
  if (sequence.tokens_left() > 0) return true;
  end(sequence, FinishReason::Length, {}, result);
  return false;
}

/// Which tokens may come; empty: all. False: none, and the sequence has ended.
bool Batcher::make_mask(Sequence& sequence, StepResult& result) {
  mask_.clear();
  if (sequence.generation.grammar == nullptr) return true;
  if (!sequence.grammar) sequence.grammar.emplace(sequence.generation.grammar);
  mask_.resize((size_t{limits_.vocabulary} + 63) / 64);
  if (sequence.grammar->mask(mask_)) return true;
  if (sequence.grammar->is_complete()) {
    end(sequence, FinishReason::Stop, {}, result);
  } else {
    end(sequence, FinishReason::Failed, sequence.grammar->failure(), result);
  }
  return false;
}

}  // namespace suan::engine
