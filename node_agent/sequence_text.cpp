#include "node_agent/sequence_text.h"

#include <utility>

namespace suan::node_agent {

SequenceText::SequenceText(const engine::Tokenizer& tokenizer, Options options)
    : tokenizer_(tokenizer),
      options_(std::move(options)),
      decoder_(tokenizer),
      stops_(options_.stop),
      previous_(options_.last_prompt_token) {
  decoder_.start_after(options_.last_prompt_token);
  next_.text = std::move(options_.echo);
}

bool SequenceText::push(const engine::NewToken& token) {
  ++tokens_;
  ++next_.tokens;
  if (options_.wants_logprobs) next_.logprobs.push_back(logprob_of(token));
  previous_ = token.token;
  // The token that ends a text has none of its own.
  if (tokenizer_.is_end(token.token) && !options_.ignores_eos) return false;
  if (!stops_.push(decoder_.push(token.token), next_.text)) return false;
  is_over_ = true;
  return true;
}

void SequenceText::finish() {
  if (!is_over_ && stops_.push(decoder_.finish(), next_.text)) is_over_ = true;
  if (!is_over_) stops_.finish(next_.text);
  is_over_ = true;
}

std::optional<TokenEvent> SequenceText::take(uint32_t choice) {
  const bool is_due = !next_.text.empty() || (is_over_ && next_.tokens > 0);
  if (!is_due) return std::nullopt;
  next_.choice = choice;
  return std::exchange(next_, {});
}

LogprobEntry SequenceText::logprob_of(const engine::NewToken& token) const {
  LogprobEntry entry;
  entry.chosen = {tokenizer_.piece(previous_, token.token), token.logprob};
  for (const engine::TokenLogprob& other : token.top) {
    entry.top.push_back({tokenizer_.piece(previous_, other.token), other.logprob});
  }
  return entry;
}

}  // namespace suan::node_agent
