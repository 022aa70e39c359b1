#include "node_agent/sequence_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace suan::node_agent {

namespace {

constexpr size_t kPieceBytesMax = 32U << 10U;  // a field of a message has at most 64 KiB

/// Up to `kPieceBytesMax` from the front of `text`, and no character in part.
std::string take_front(std::string& text) {
  if (text.size() <= kPieceBytesMax) return std::exchange(text, {});
  size_t size = kPieceBytesMax;
  while (size > kPieceBytesMax - 4 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
    --size;
  std::string front = text.substr(0, size);
  text.erase(0, size);
  return front;
}

}  // namespace

SequenceText::SequenceText(const engine::Tokenizer& tokenizer, Options options)
    : tokenizer_(tokenizer),
      options_(std::move(options)),
      decoder_(tokenizer),
      stops_(options_.stop),
      previous_(options_.last_prompt_token) {
  decoder_.start_after(options_.last_prompt_token);
  next_.text = std::move(options_.echo);
  if (options_.reading) {
    marks_ = options_.reading->format.markers();
    parser_.emplace(options_.reading->format, options_.reading->options);
  }
}

bool SequenceText::push(const engine::NewToken& token) {
  ++tokens_;
  ++next_.tokens;
  if (options_.wants_logprobs) next_.logprobs.push_back(logprob_of(token));
  previous_ = token.token;
  // The token that ends a text has none of its own.
  if (tokenizer_.is_end(token.token) && !options_.ignores_eos) return false;
  std::string text;
  is_over_ = stops_.push(text_of(token.token), text);
  show(text);
  return is_over_;
}

void SequenceText::finish() {
  std::string text;
  if (!is_over_ && stops_.push(decoder_.finish(), text)) is_over_ = true;
  if (!is_over_) stops_.finish(text);
  is_over_ = true;
  show(text);
  if (parser_) show(parser_->finish());
}

/// Control tokens have no text, but those that mark thoughts and calls must be seen.
std::string SequenceText::text_of(int32_t token) {
  std::string text = decoder_.push(token);
  if (marks_.empty() || !tokenizer_.is_control(token)) return text;
  const std::string mark = tokenizer_.control_text(token);
  const bool is_meant = std::find(marks_.begin(), marks_.end(), mark) != marks_.end();
  return is_meant ? text + mark : text;
}

void SequenceText::show(std::string_view text) {
  if (parser_) return show(parser_->push(text));
  next_.text += text;
}

void SequenceText::show(engine::OutputPiece piece) {
  next_.reasoning += piece.reasoning;
  next_.text += piece.content;
  for (engine::ToolCall& call : piece.calls) {
    next_.calls.push_back({calls_++, std::move(call.name), std::move(call.arguments)});
  }
}

void SequenceText::take(uint32_t choice, std::vector<TokenEvent>& out) {
  const auto is_due = [this] {
    return !next_.text.empty() || !next_.reasoning.empty() || !next_.calls.empty();
  };
  if (!is_due() && (!is_over_ || next_.tokens == 0)) return;
  do {
    TokenEvent& piece = out.emplace_back();
    piece.choice = choice;
    piece.tokens = std::exchange(next_.tokens, 0);
    piece.logprobs = std::exchange(next_.logprobs, {});
    piece.reasoning = take_front(next_.reasoning);
    if (next_.reasoning.empty()) piece.text = take_front(next_.text);
    const bool is_text_left = !next_.reasoning.empty() || !next_.text.empty();
    if (is_text_left || next_.calls.empty()) continue;
    ToolCallEvent& call = next_.calls.front();
    std::string arguments = take_front(call.arguments);
    piece.calls.push_back({call.index, std::exchange(call.name, {}), std::move(arguments)});
    if (call.arguments.empty()) next_.calls.erase(next_.calls.begin());
  } while (is_due());
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
