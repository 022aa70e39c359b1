#include "engine/tokenizer/sentencepiece.h"

#include <algorithm>

#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/word_merger.h"
#include "engine/weights/model_file.h"

namespace suan::engine {
namespace {

/// Where the next word begins: at a space behind something else. `at` is the start of one.
size_t end_of_word(std::string_view marked, size_t at) {
  size_t next = at;
  do {
    next = marked.find(kSpaceMark, next + 1);
    if (next == std::string_view::npos) return marked.size();
  } while (marked.substr(0, next).ends_with(kSpaceMark));
  return next;
}

bool is_one_word(std::string_view piece) {
  return piece.empty() || end_of_word(piece, 0) == piece.size();
}

}  // namespace

SentencePiece::SentencePiece(const Vocabulary& given)
    : VocabularyTokenizer(given), made_(merges_of(vocabulary())), words_(size()) {
  if (vocabulary().scores.size() != size()) {
    throw ModelError("the vocabulary's pieces and scores differ in number");
  }
  forget_merges();
  bytes_.fill(-1);
  for (size_t id = 0; id < size(); ++id) {
    const uint8_t type = vocabulary().types[id];
    const auto byte = byte_of_piece(vocabulary().pieces[id]);
    if (type == kUnknownPiece) unknown_ = static_cast<int32_t>(id);
    if (type == kBytePiece && byte) bytes_[*byte] = static_cast<int32_t>(id);
  }
  find_words();
}

/// Words can be merged one by one when no piece goes on over the start of a word, and a word
/// that becomes one piece needs no merging at all. Both are exact: nothing else could happen.
void SentencePiece::find_words() {
  const auto comes_from_text = [&](const std::string& piece) {
    return made_.ids.find(piece) >= 0;
  };
  has_words_ = std::ranges::all_of(vocabulary().pieces, [&](const std::string& piece) {
    return is_one_word(piece) || !comes_from_text(piece);
  });
  if (!has_words_) return;
  WordMerger merger(made_.merges);
  std::vector<int32_t> symbols;
  for (size_t id = 0; id < size(); ++id) {
    const std::string& piece = vocabulary().pieces[id];
    if (!comes_from_text(piece)) continue;
    make_symbols(piece, symbols);
    merger.merge(symbols);
    if (symbols == std::vector{static_cast<int32_t>(id)}) {
      words_.add(piece, static_cast<int32_t>(id));
    }
  }
}

void SentencePiece::append_text(std::string_view text, std::vector<int32_t>& tokens) const {
  std::string marked = with_marked_spaces(text);
  if (vocabulary().adds_space_prefix) marked.insert(0, kSpaceMark);
  WordMerger merger(made_.merges);
  for (size_t at = 0; at < marked.size();) {
    const size_t end = has_words_ ? end_of_word(marked, at) : marked.size();
    append_word(std::string_view(marked).substr(at, end - at), merger, tokens);
    at = end;
  }
}

void SentencePiece::append_word(std::string_view word,
                                WordMerger& merger,
                                std::vector<int32_t>& tokens) const {
  if (const int32_t token = words_.find(word); token >= 0) {
    tokens.push_back(token);
    return;
  }
  std::vector<int32_t> symbols;
  make_symbols(word, symbols);
  merger.merge(symbols);
  const auto loose = static_cast<int32_t>(size());
  for (const int32_t symbol : symbols) {
    if (symbol < loose) {
      tokens.push_back(symbol);
    } else {
      append_bytes(made_.loose[static_cast<size_t>(symbol - loose)], tokens);
    }
  }
}

/// Bytes and the unknown token take part in no merge, so they may stand among the symbols.
void SentencePiece::make_symbols(std::string_view word, std::vector<int32_t>& symbols) const {
  symbols.clear();
  while (!word.empty()) {
    const std::string_view character = word.substr(0, bytes_of_character(word));
    const int32_t symbol = made_.ids.find(character);
    symbol >= 0 ? symbols.push_back(symbol) : append_bytes(character, symbols);
    word.remove_prefix(character.size());
  }
}

void SentencePiece::append_bytes(std::string_view bytes, std::vector<int32_t>& tokens) const {
  for (const char c : bytes) {
    const int32_t byte = bytes_[static_cast<unsigned char>(c)];
    const int32_t token = byte >= 0 ? byte : unknown_;
    if (token >= 0) tokens.push_back(token);
  }
}

std::string SentencePiece::text_of(int32_t token, bool begins_text) const {
  const std::string& text = vocabulary().pieces[static_cast<size_t>(token)];
  if (vocabulary().types[static_cast<size_t>(token)] == kBytePiece) {
    const auto byte = byte_of_piece(text);
    return byte ? std::string(1, static_cast<char>(*byte)) : std::string();
  }
  std::string plain = with_plain_spaces(text);
  if (begins_text && vocabulary().adds_space_prefix && plain.starts_with(' ')) {
    plain.erase(0, 1);
  }
  return plain;
}

}  // namespace suan::engine
