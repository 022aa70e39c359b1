#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/request.h"
#include "engine/chat/output_parser.h"
#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "node_agent/served_chat.h"
#include "node_agent/stop_strings.h"

namespace suan::node_agent {

/// One choice's tokens on their way to text: decoded in whole characters, cut at stop strings,
/// split into thoughts, answer and calls, with the tokens and log-probabilities that each shown
/// piece stands for.
class SequenceText {
 public:
  struct Options {
    int32_t last_prompt_token = -1;
    std::vector<std::string> stop;
    std::string echo;  // shown before the first token
    bool wants_logprobs = false;
    bool ignores_eos = false;
    std::optional<ChatReading> reading{};  // unset: all of it is the answer
  };

  /// `tokenizer` outlives it.
  SequenceText(const engine::Tokenizer& tokenizer, Options options);

  /// True: a stop string was reached; the sequence should end.
  [[nodiscard]] bool push(const engine::NewToken& token);

  /// No token follows: what was held back may be shown.
  void finish();

  /// What may be shown now, in pieces that fit a message; nothing while characters, stop strings
  /// or marks are incomplete.
  void take(uint32_t choice, std::vector<TokenEvent>& out);

  [[nodiscard]] uint32_t tokens() const { return tokens_; }

  [[nodiscard]] bool has_calls() const { return calls_ > 0; }

 private:
  [[nodiscard]] LogprobEntry logprob_of(const engine::NewToken& token) const;
  [[nodiscard]] std::string text_of(int32_t token);
  void show(std::string_view text);
  void show(engine::OutputPiece piece);

  const engine::Tokenizer& tokenizer_;
  Options options_;
  engine::StreamingDecoder decoder_;
  StopStrings stops_;
  std::optional<engine::OutputParser> parser_;
  std::vector<std::string> marks_;  // control tokens that mean something in the text
  TokenEvent next_;
  int32_t previous_;
  uint32_t tokens_ = 0;
  uint32_t calls_ = 0;
  bool is_over_ = false;
};

}  // namespace suan::node_agent
