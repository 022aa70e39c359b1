#include "engine/tokenizer/sentencepiece.h"

#include <algorithm>
#include <cassert>
#include <queue>

#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/utf8.h"
#include "engine/tokenizer/word_merger.h"
#include "engine/weights/model_file.h"

namespace suan::engine {
namespace {

/// Bytes that are no UTF-8 stand alone, to become byte pieces.
size_t bytes_of_character(std::string_view text) {
  const Utf8Sequence sequence = first_utf8_sequence(text);
  return sequence.state == Utf8State::Whole ? sequence.bytes : 1;
}

}  // namespace

/// Merges one text: a linked list of symbols and a heap of the pairs that could become one.
///
/// O(n log n): each merge removes a symbol and adds at most two pairs. A pair whose symbols have
/// changed since it entered the heap is recognised by its length, and skipped.
class PieceMerger {
 public:
  PieceMerger(const SentencePiece& tokenizer, std::string_view text)
      : tokenizer_(&tokenizer), text_(text) {
    split_characters();
    for (int32_t i = 1; i < static_cast<int32_t>(symbols_.size()); ++i)
      consider(i - 1, i);
  }

  void merge() {
    while (!pairs_.empty()) {
      const Pair pair = pairs_.top();
      pairs_.pop();
      Symbol& left = symbols_[static_cast<size_t>(pair.left)];
      Symbol& right = symbols_[static_cast<size_t>(pair.right)];
      if (left.bytes == 0 || right.bytes == 0 || left.bytes + right.bytes != pair.bytes)
        continue;

      left.bytes += right.bytes;
      right.bytes = 0;
      left.next = right.next;
      if (right.next >= 0) symbols_[static_cast<size_t>(right.next)].previous = pair.left;
      consider(left.previous, pair.left);
      consider(pair.left, left.next);
    }
  }

  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (int32_t i = symbols_.empty() ? -1 : 0; i >= 0; i = symbol(i).next) {
      visit(text_.substr(symbol(i).offset, symbol(i).bytes));
    }
  }

 private:
  struct Symbol {
    size_t offset = 0;
    size_t bytes = 0;  // 0: part of its left neighbour
    int32_t previous = -1;
    int32_t next = -1;
  };

  struct Pair {
    float score = 0;
    int32_t left = 0;
    int32_t right = 0;
    size_t bytes = 0;

    /// The heap's top is the greatest: best score, then leftmost.
    bool operator<(const Pair& other) const {
      return score != other.score ? score < other.score : left > other.left;
    }
  };

  [[nodiscard]] const Symbol& symbol(int32_t index) const {
    return symbols_[static_cast<size_t>(index)];
  }

  void split_characters() {
    for (size_t at = 0; at < text_.size();) {
      const size_t bytes = bytes_of_character(text_.substr(at));
      const auto index = static_cast<int32_t>(symbols_.size());
      symbols_.push_back({at, bytes, index - 1, index + 1});
      at += bytes;
    }
    if (!symbols_.empty()) symbols_.back().next = -1;
  }

  void consider(int32_t left, int32_t right) {
    if (left < 0 || right < 0) return;
    const size_t bytes = symbol(left).bytes + symbol(right).bytes;
    const int32_t token = tokenizer_->ids_.find(text_.substr(symbol(left).offset, bytes));
    if (token < 0) return;
    const float score = tokenizer_->vocabulary().scores[static_cast<size_t>(token)];
    pairs_.push({score, left, right, bytes});
  }

  const SentencePiece* tokenizer_;
  std::string_view text_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Pair> pairs_;
};

SentencePiece::SentencePiece(const Vocabulary& vocabulary)
    : VocabularyTokenizer(vocabulary), ids_(vocabulary.pieces.size()) {
  const size_t pieces = size();
  if (vocabulary.scores.size() != pieces) {
    throw ModelError("the vocabulary's pieces and scores differ in number");
  }
  bytes_.fill(-1);
  for (size_t id = 0; id < pieces; ++id) {
    const auto token = static_cast<int32_t>(id);
    const std::string& text = this->vocabulary().pieces[id];
    const uint8_t type = vocabulary.types[id];
    if (type == kUnknownPiece) unknown_ = token;
    if (type == kNormalPiece || type == kUserDefinedPiece) ids_.add(text, token);
    const auto byte = byte_of_piece(text);
    if (type == kBytePiece && byte) bytes_[*byte] = token;
  }
  if (!vocabulary.merges.empty()) merges_ = read_merges(vocabulary);
  forget_merges();
}

void SentencePiece::append_text(std::string_view text, std::vector<int32_t>& tokens) const {
  std::string marked = with_marked_spaces(text);
  if (vocabulary().adds_space_prefix) marked.insert(0, kSpaceMark);
  merges_ ? append_by_ranks(marked, tokens) : append_by_scores(marked, tokens);
}

void SentencePiece::append_by_scores(std::string_view marked,
                                     std::vector<int32_t>& tokens) const {
  PieceMerger merger(*this, marked);
  merger.merge();
  merger.for_each([&](std::string_view symbol) { append(symbol, tokens); });
}

void SentencePiece::append_by_ranks(std::string_view marked,
                                    std::vector<int32_t>& tokens) const {
  std::vector<int32_t> symbols;
  while (!marked.empty()) {
    const size_t bytes = bytes_of_character(marked);
    append(marked.substr(0, bytes), symbols);
    marked.remove_prefix(bytes);
  }
  WordMerger(*merges_).merge(symbols);
  tokens.insert(tokens.end(), symbols.begin(), symbols.end());
}

void SentencePiece::append(std::string_view symbol, std::vector<int32_t>& tokens) const {
  if (const int32_t token = ids_.find(symbol); token >= 0) {
    tokens.push_back(token);
    return;
  }
  for (const char c : symbol) {
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
