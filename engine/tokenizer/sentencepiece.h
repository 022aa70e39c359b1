#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "engine/tokenizer/piece_table.h"
#include "engine/tokenizer/score_merges.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

namespace suan::engine {

/// SentencePiece's byte-pair encoding: a space in front, characters, then the neighbours whose
/// joint piece has the best score become one, until none is left. What no piece covers is bytes.
///
/// A vocabulary with merges (Hugging Face's form of the same) goes by their ranks instead.
/// Equal scores: the leftmost pair first. Control and byte pieces are never made from text. Each
/// stretch of text after a special token has a space in front again.
/// Source:   llama2.c run.c `encode`; llama.cpp src/llama-vocab.cpp `llm_tokenizer_spm`
class SentencePiece : public VocabularyTokenizer {
 public:
  /// Errors: ModelError when the vocabulary's lists do not fit together
  explicit SentencePiece(const Vocabulary& vocabulary);

 private:
  void append_text(std::string_view text, std::vector<int32_t>& tokens) const override;
  [[nodiscard]] std::string text_of(int32_t token, bool begins_text) const override;

  void find_words();
  void append_word(std::string_view word,
                   class WordMerger& merger,
                   std::vector<int32_t>& tokens) const;
  void make_symbols(std::string_view word, std::vector<int32_t>& symbols) const;
  void append_bytes(std::string_view bytes, std::vector<int32_t>& tokens) const;

  ScoredMerges made_;
  PieceTable words_;  // words that are one token
  std::array<int32_t, 256> bytes_{};
  int32_t unknown_ = -1;
  bool has_words_ = false;  // no piece goes on over a space that follows something else
};

}  // namespace suan::engine
