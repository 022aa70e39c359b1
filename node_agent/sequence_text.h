#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/request.h"
#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "node_agent/stop_strings.h"

namespace suan::node_agent {

/// One choice's tokens on their way to text: decoded in whole characters, cut at stop strings,
/// with the tokens and log-probabilities that each shown piece stands for.
class SequenceText {
 public:
  struct Options {
    int32_t last_prompt_token = -1;
    std::vector<std::string> stop;
    std::string echo;  // shown before the first token
    bool wants_logprobs = false;
    bool ignores_eos = false;
  };

  /// `tokenizer` outlives it.
  SequenceText(const engine::Tokenizer& tokenizer, Options options);

  /// True: a stop string was reached; the sequence should end.
  [[nodiscard]] bool push(const engine::NewToken& token);

  /// No token follows: what was held back may be shown.
  void finish();

  /// What may be shown now; nothing while characters or stop strings are incomplete.
  [[nodiscard]] std::optional<TokenEvent> take(uint32_t choice);

  [[nodiscard]] uint32_t tokens() const { return tokens_; }

 private:
  [[nodiscard]] LogprobEntry logprob_of(const engine::NewToken& token) const;

  const engine::Tokenizer& tokenizer_;
  Options options_;
  engine::StreamingDecoder decoder_;
  StopStrings stops_;
  TokenEvent next_;
  int32_t previous_;
  uint32_t tokens_ = 0;
  bool is_over_ = false;
};

}  // namespace suan::node_agent
