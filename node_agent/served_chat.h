#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "catalog/types/chat_json.h"
#include "catalog/types/result.h"
#include "engine/chat/chat_template.h"
#include "engine/chat/output_parser.h"
#include "engine/grammar/grammar.h"
#include "engine/grammar/grammar_cache.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/manifest.h"

namespace suan::node_agent {

/// How the text of an answer is to be read.
struct ChatReading {
  engine::ChatFormat format;
  engine::OutputParser::Options options;
};

/// A chat's prompt, and what is known of its answer by then.
struct ChatPrompt {
  engine::MarkedText text;
  ChatReading reading;
};

/// What one model needs to serve chats: its compiled template, or the reason why it has none that
/// can be rendered; and the grammars that requests ask for, compiled once each.
///
/// Threads:  one owner, the one that prepares requests.
class ServedChat {
 public:
  /// Both outlive it.
  ServedChat(const engine::Manifest& manifest, const engine::Tokenizer& tokenizer);

  /// The model continues plain text: it has no template at all.
  [[nodiscard]] bool is_plain() const { return !template_ && refusal_.empty(); }

  /// Why the model's template cannot be rendered; empty: it can, or there is none.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

  /// `now_s` is Unix time, for templates that tell the date.
  /// Requires: !is_plain()
  /// Errors:   BadRequest  what the template refuses, or that it cannot be rendered
  [[nodiscard]] Result<ChatPrompt> prompt(const ParsedBody& body, int64_t now_s) const;

  /// What the answer must look like; null: anything. Errors: BadRequest, with the grammar's
  /// complaint
  [[nodiscard]] Result<std::shared_ptr<const engine::Grammar>> grammar(
      const ChatOptions& options, const ChatReading* reading);

 private:
  [[nodiscard]] Result<std::shared_ptr<const engine::Grammar>> compiled(
      const engine::GrammarSource& source, const char* param);

  const engine::Tokenizer& tokenizer_;
  std::optional<engine::ChatTemplate> template_;
  std::string refusal_;
  std::string bos_;
  std::string eos_;
  std::unique_ptr<engine::GrammarCache> grammars_;  // made at the first one: it takes a second
};

}  // namespace suan::node_agent
