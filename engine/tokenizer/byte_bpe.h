#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/tokenizer/merge_table.h"
#include "engine/tokenizer/piece_table.h"
#include "engine/tokenizer/pre_splitter.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

namespace suan::engine {

/// Byte-level byte-pair encoding: a text is cut into words by a rule, a word into bytes, and
/// neighbours merge in the order of the merges' ranks.
///
/// Every text decodes to itself, also when it is no UTF-8; a byte that the vocabulary lacks
/// becomes U+FFFD. With form C (`normalizes_nfc`) a text decodes to its normal form.
/// Source:   openai/gpt-2 `encoder.py`; huggingface/tokenizers `BPE`, `ByteLevel`
class ByteBpe : public VocabularyTokenizer {
 public:
  /// Errors: ModelError for an unknown splitting rule, or a merge of what are no pieces
  explicit ByteBpe(const Vocabulary& vocabulary);

 private:
  void append_text(std::string_view text, std::vector<int32_t>& tokens) const override;
  [[nodiscard]] std::string text_of(int32_t token, bool begins_text) const override;

  void read_pieces();
  void find_words();
  void append_bytes(std::string_view bytes, std::vector<int32_t>& symbols) const;

  PreSplitter splitter_;
  std::vector<std::string> bytes_;  // of each token
  std::array<int32_t, 256> byte_tokens_{};
  MergeTable merges_;
  PieceTable words_;  // words that are one token
};

}  // namespace suan::engine
