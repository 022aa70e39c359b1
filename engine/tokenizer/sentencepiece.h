#pragma once

#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/tokenizer/special_tokens.h"
#include "engine/tokenizer/tokenizer.h"

namespace suan::engine {

/// SentencePiece's byte-pair encoding: a space in front, characters, then the neighbours whose
/// joint piece has the best score become one, until none is left. What no piece covers is bytes.
///
/// Equal scores: the leftmost pair first. Control and byte pieces are never made from text. Each
/// stretch of text after a special token has a space in front again.
/// Source:   llama2.c run.c `encode`; llama.cpp src/llama-vocab.cpp `llm_tokenizer_spm`
class SentencePiece : public Tokenizer {
 public:
  /// Errors: ModelError when the vocabulary's lists do not fit together
  explicit SentencePiece(const Vocabulary& vocabulary);

  [[nodiscard]] std::vector<int32_t> encode(std::string_view text, bool add_bos) const override;
  [[nodiscard]] std::vector<int32_t> encode(const MarkedText& text,
                                            bool add_bos) const override;
  [[nodiscard]] std::string piece(int32_t previous, int32_t token) const override;
  [[nodiscard]] bool is_control(int32_t token) const override;
  [[nodiscard]] std::string control_text(int32_t token) const override;
  [[nodiscard]] bool is_end(int32_t token) const override;

  [[nodiscard]] int32_t bos() const override { return vocabulary_.bos; }

  [[nodiscard]] uint32_t size() const override {
    return static_cast<uint32_t>(vocabulary_.pieces.size());
  }

 private:
  friend class PieceMerger;
  [[nodiscard]] std::vector<int32_t> encode(std::string_view text,
                                            std::span<const ByteRange> markup,
                                            bool add_bos) const;
  void append_text(std::string_view text, std::vector<int32_t>& tokens) const;
  void append(std::string_view symbol, std::vector<int32_t>& tokens) const;

  Vocabulary vocabulary_;
  SpecialTokens specials_;
  std::unordered_map<std::string_view, int32_t> ids_;  // views into vocabulary_
  std::array<int32_t, 256> bytes_{};
  int32_t unknown_ = -1;
};

}  // namespace suan::engine
