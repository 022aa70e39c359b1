#include "engine/batch/drafter.h"

#include <algorithm>
#include <cassert>

#include "engine/batch/ngram_draft.h"

namespace suan::engine {
namespace {

bool goes_on_decoding(const ComputedRows& rows) {
  return !rows.sequence->has_ended && rows.sequence->is_decoding();
}

int32_t likeliest(std::span<const float> logits) {
  return static_cast<int32_t>(std::ranges::max_element(logits) - logits.begin());
}

}  // namespace

Drafter::Drafter(Speculation speculation, Mtp* mtp, Decoder& decoder, const KvCache& cache)
    : speculation_(speculation), mtp_(mtp), decoder_(decoder), cache_(cache) {}

void Drafter::draft(std::span<const ComputedRows> rows) {
  if (speculation_ == Speculation::Off) return;
  const auto decoding = static_cast<uint32_t>(std::ranges::count_if(rows, goes_on_decoding));
  const bool wants_drafts =
      speculation_ != Speculation::Auto || governor_.wants_drafts(decoding);
  guesses_.clear();
  for (const ComputedRows& each : rows) {
    if (!wants_drafts || !goes_on_decoding(each)) continue;
    Sequence& sequence = *each.sequence;
    // The token after the last guess is drawn too, and is the last that may be.
    const uint32_t count = std::min(sequence.pace.next(), sequence.tokens_left() - 1);
    if (count > 0) guesses_.push_back({.sequence = &sequence, .count = count});
  }
  if (mtp_ != nullptr) return draft_by_head(rows);
  for (const Guess& guess : guesses_)
    draft_from_text(guess.sequence->tokens, guess.count, guess.sequence->draft);
}

/// The head sees every row, wanted or not: its own cache would have holes otherwise.
void Drafter::draft_by_head(std::span<const ComputedRows> rows) {
  batch_.clear();
  state_rows_.clear();
  add_rows(rows, true);
  add_rows(rows, false);
  if (batch_.rows() == 0) return;
  take_guesses(mtp_->forward(batch_, decoder_.hidden(), state_rows_, cache_));
  while (add_guessed_rows())
    take_guesses(mtp_->forward(batch_, mtp_->hidden(), state_rows_, cache_));
}

/// The row of a position holds the token behind it, which is known by now.
void Drafter::add_rows(std::span<const ComputedRows> rows, bool of_prompts) {
  for (const ComputedRows& each : rows) {
    const Sequence& sequence = *each.sequence;
    if (sequence.has_ended || each.is_prompt != of_prompts) continue;
    const size_t first = size_t{each.position} + 1;
    const size_t count = std::min<size_t>(each.count, sequence.tokens.size() - first);
    if (count == 0) continue;
    const int32_t* tokens = sequence.tokens.data() + first;
    if (of_prompts) {
      batch_.add_prompt(tokens, count, each.position, sequence.lease);
    } else {
      batch_.add_decodes(tokens, count, each.position, sequence.lease);
    }
    for (size_t i = 0; i < count; ++i)
      state_rows_.push_back(static_cast<uint32_t>(each.first_row + i));
    want_guess(sequence, static_cast<uint32_t>(each.position + count - 1));
  }
}

void Drafter::want_guess(const Sequence& sequence, uint32_t position) {
  const auto guess = std::ranges::find(guesses_, &sequence, &Guess::sequence);
  if (guess == guesses_.end()) return;
  guess->output = batch_.want_output();
  guess->row = static_cast<uint32_t>(batch_.rows() - 1);
  guess->position = position;
}

void Drafter::take_guesses(std::span<const float> logits) {
  const size_t vocabulary = decoder_.trunk().hyper().vocabulary;
  for (const Guess& guess : guesses_) {
    guess.sequence->draft.push_back(
        likeliest(logits.subspan(guess.output * vocabulary, vocabulary)));
  }
}

/// One row for each sequence that wants one more guess, made from the last; false: none does.
bool Drafter::add_guessed_rows() {
  std::erase_if(guesses_, [](const Guess& guess) {
    const bool has_room = guess.sequence->lease.tokens() > size_t{guess.position} + 1;
    return guess.sequence->draft.size() >= guess.count || !has_room;
  });
  batch_.clear();
  state_rows_.clear();
  for (Guess& guess : guesses_) {
    state_rows_.push_back(guess.row);
    ++guess.position;
    batch_.add_decode(guess.sequence->draft.back(), guess.position, guess.sequence->lease);
    guess.output = batch_.want_output();
    guess.row = static_cast<uint32_t>(batch_.rows() - 1);
  }
  return !guesses_.empty();
}

void Drafter::learn(const StepResult& result, double seconds) {
  const bool has_only_decoded = result.prefill_tokens == 0 && result.decoded_sequences > 0;
  if (speculation_ != Speculation::Auto || !has_only_decoded || seconds <= 0) return;
  governor_.learn(result.decoded_sequences, result.drafted_tokens > 0,
                  static_cast<uint32_t>(result.tokens.size()), seconds);
}

}  // namespace suan::engine
