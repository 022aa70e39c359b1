#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/marked_text.h"
#include "engine/weights/manifest.h"

namespace suan::engine {

/// Text to tokens and back. Immutable, so threads may share it.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// BOS first if asked and the model has one. Special tokens in `text` stay text.
  /// O(n log n) in the text's length.
  [[nodiscard]] virtual std::vector<int32_t> encode(std::string_view text,
                                                    bool add_bos) const = 0;
  /// The same, but special tokens inside the markup become their ids.
  [[nodiscard]] virtual std::vector<int32_t> encode(const MarkedText& text,
                                                    bool add_bos) const = 0;

  /// The bytes that `token` stands for after `previous` (-1: none); may be part of a character.
  [[nodiscard]] virtual std::string piece(int32_t previous, int32_t token) const = 0;

  /// The bytes that a token adds in the middle of a text; none for control tokens.
  [[nodiscard]] virtual std::string token_bytes(int32_t token) const {
    return piece(-1, token);
  }

  /// Whether a token stands for no text (BOS, the borders of turns, ...).
  [[nodiscard]] virtual bool is_control(int32_t token) const = 0;
  /// How a control token is written in chat templates; empty for every other token.
  [[nodiscard]] virtual std::string control_text(int32_t token) const = 0;

  [[nodiscard]] virtual bool is_end(int32_t token) const = 0;
  [[nodiscard]] virtual int32_t bos() const = 0;
  [[nodiscard]] virtual uint32_t size() const = 0;

  /// The whole text of `tokens`.
  [[nodiscard]] std::string decode(const std::vector<int32_t>& tokens) const;
};

/// Throws ModelError for a kind of vocabulary that is not supported.
[[nodiscard]] std::unique_ptr<Tokenizer> make_tokenizer(const Vocabulary& vocabulary);

/// Hands out text as tokens come, in whole UTF-8 sequences; bytes that can never become one
/// are U+FFFD.
class StreamingDecoder {
 public:
  explicit StreamingDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}

  /// Sets what stands before the first token, without giving its text.
  void start_after(int32_t token) { previous_ = token; }

  [[nodiscard]] std::string push(int32_t token);
  /// What was still held back.
  [[nodiscard]] std::string finish();

 private:
  const Tokenizer* tokenizer_;
  int32_t previous_ = -1;
  std::string pending_;
};

}  // namespace suan::engine
