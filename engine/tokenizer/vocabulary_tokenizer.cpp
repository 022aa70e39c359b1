#include "engine/tokenizer/vocabulary_tokenizer.h"

#include <algorithm>

#include "engine/tokenizer/pieces.h"
#include "engine/weights/model_file.h"

namespace suan::engine {
namespace {

const Vocabulary& checked(const Vocabulary& vocabulary) {
  if (vocabulary.types.size() == vocabulary.pieces.size()) return vocabulary;
  throw ModelError("the vocabulary's pieces and types differ in number");
}

}  // namespace

VocabularyTokenizer::VocabularyTokenizer(const Vocabulary& vocabulary)
    : vocabulary_(checked(vocabulary)), specials_(vocabulary_) {}

std::vector<int32_t> VocabularyTokenizer::encode(std::string_view text, bool add_bos) const {
  return encode(text, {}, add_bos);
}

std::vector<int32_t> VocabularyTokenizer::encode(const MarkedText& text, bool add_bos) const {
  return encode(text.text, text.markup, add_bos);
}

std::vector<int32_t> VocabularyTokenizer::encode(std::string_view text,
                                                 std::span<const ByteRange> markup,
                                                 bool add_bos) const {
  std::vector<int32_t> tokens;
  tokens.reserve(text.size() / 4 + 8);
  if (add_bos && vocabulary_.bos >= 0) tokens.push_back(vocabulary_.bos);
  for (const TextPart& part : specials_.split(text, markup)) {
    part.token >= 0 ? tokens.push_back(part.token) : append_text(part.text, tokens);
  }
  return tokens;
}

std::string VocabularyTokenizer::piece(int32_t previous, int32_t token) const {
  if (token < 0 || static_cast<uint32_t>(token) >= size()) return {};
  switch (vocabulary_.types[static_cast<size_t>(token)]) {
    case kControlPiece:
    case kUnusedPiece:
      return {};
    case kUnknownPiece:
      return "\xEF\xBF\xBD";  // U+FFFD
    default:
      return text_of(token, previous >= 0 && previous == vocabulary_.bos);
  }
}

bool VocabularyTokenizer::is_control(int32_t token) const {
  if (token < 0 || static_cast<uint32_t>(token) >= size()) return false;
  return vocabulary_.types[static_cast<size_t>(token)] == kControlPiece;
}

std::string VocabularyTokenizer::control_text(int32_t token) const {
  return is_control(token) ? vocabulary_.pieces[static_cast<size_t>(token)] : std::string();
}

bool VocabularyTokenizer::is_end(int32_t token) const {
  return std::ranges::find(vocabulary_.ends, token) != vocabulary_.ends.end();
}

void VocabularyTokenizer::forget_merges() {
  std::vector<std::string>().swap(vocabulary_.merges);
}

}  // namespace suan::engine
