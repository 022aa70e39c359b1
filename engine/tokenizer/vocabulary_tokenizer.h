#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/tokenizer/special_tokens.h"
#include "engine/tokenizer/tokenizer.h"

namespace suan::engine {

/// What all tokenizers do alike with their vocabulary: BOS, special tokens, ends.
class VocabularyTokenizer : public Tokenizer {
 public:
  /// Errors: ModelError when the vocabulary has not one type for each piece
  explicit VocabularyTokenizer(const Vocabulary& vocabulary);

  VocabularyTokenizer(const VocabularyTokenizer&) = delete;  // the members hold views
  VocabularyTokenizer& operator=(const VocabularyTokenizer&) = delete;

  [[nodiscard]] std::vector<int32_t> encode(std::string_view text, bool add_bos) const final;
  [[nodiscard]] std::vector<int32_t> encode(const MarkedText& text, bool add_bos) const final;
  [[nodiscard]] std::string piece(int32_t previous, int32_t token) const final;
  [[nodiscard]] bool is_control(int32_t token) const final;
  [[nodiscard]] std::string control_text(int32_t token) const final;
  [[nodiscard]] bool is_end(int32_t token) const final;

  [[nodiscard]] int32_t bos() const final { return vocabulary_.bos; }

  [[nodiscard]] uint32_t size() const final {
    return static_cast<uint32_t>(vocabulary_.pieces.size());
  }

 protected:
  /// The tokens of a text without special ones.
  virtual void append_text(std::string_view text, std::vector<int32_t>& tokens) const = 0;
  /// The bytes of a token that has text; `begins_text`: it stands first.
  [[nodiscard]] virtual std::string text_of(int32_t token, bool begins_text) const = 0;

  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }

  /// Only the table of them is needed from now on.
  void forget_merges();

 private:
  [[nodiscard]] std::vector<int32_t> encode(std::string_view text,
                                            std::span<const ByteRange> markup,
                                            bool add_bos) const;

  Vocabulary vocabulary_;
  SpecialTokens specials_;
};

}  // namespace suan::engine
