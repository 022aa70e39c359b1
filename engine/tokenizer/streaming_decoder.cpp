#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/utf8.h"

namespace suan::engine {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Takes whole characters from the front of `pending`; what may still become one stays there.
std::string take_characters(std::string& pending) {
  std::string text;
  std::string_view rest = pending;
  while (!rest.empty()) {
    const Utf8Sequence sequence = first_utf8_sequence(rest);
    if (sequence.state == Utf8State::Cut) break;
    text += sequence.state == Utf8State::Whole ? rest.substr(0, sequence.bytes) : kReplacement;
    rest.remove_prefix(sequence.bytes);
  }
  pending.erase(0, pending.size() - rest.size());
  return text;
}

}  // namespace

std::string StreamingDecoder::push(int32_t token) {
  pending_ += tokenizer_->piece(previous_, token);
  previous_ = token;
  return take_characters(pending_);
}

std::string StreamingDecoder::finish() {
  const bool is_cut = !pending_.empty();  // all that is left is the start of one character
  pending_.clear();
  return is_cut ? std::string(kReplacement) : std::string();
}

}  // namespace suan::engine
