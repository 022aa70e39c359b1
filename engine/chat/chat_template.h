#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "engine/chat/chat_format.h"
#include "engine/tokenizer/marked_text.h"

namespace suan::engine {

/// A call that the model made in an earlier turn.
struct ChatToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON text, as the client sent it
};

struct ChatMessage {
  std::string role;
  std::optional<std::string> content{};  // unset: null
  std::optional<std::string> reasoning_content{};
  std::vector<ChatToolCall> tool_calls{};
  std::string tool_call_id{};  // of role `tool`; empty: not given
  std::string name{};          // empty: not given
};

/// Everything that a prompt is made from.
struct ChatRequest {
  std::vector<ChatMessage> messages;
  std::string tools{};  // a JSON array, keys in the client's order; empty: none
  bool add_generation_prompt = true;
  std::optional<bool> enable_thinking{};
  std::string variables{};  // a JSON object of more variables (`chat_template_kwargs`)
  std::string bos{};        // how the model writes its tokens; they count as markup
  std::string eos{};
  int64_t now_s = 0;  // Unix time, for templates that tell the date
};

struct RenderedChat {
  MarkedText prompt;
  bool opens_reasoning = false;  // the model begins inside of its thoughts
};

/// A compiled chat template: Jinja, as far as models use it, without calls or attributes beyond
/// fixed lists, under the limits of `TemplateLimits`.
///
/// Threads:  immutable after compiling; share freely.
class ChatTemplate {
 public:
  /// Throws ModelError that names the line, and what is not supported.
  [[nodiscard]] static ChatTemplate compile(std::string_view source);

  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ~ChatTemplate();

  /// The prompt, or a sentence for the one who asked: what the template refuses, or a limit.
  [[nodiscard]] tl::expected<RenderedChat, std::string> render(
      const ChatRequest& request) const;

  /// How the model writes thoughts and calls, as the template shows it.
  [[nodiscard]] const ChatFormat& format() const;

 private:
  struct Compiled;

  explicit ChatTemplate(std::unique_ptr<const Compiled> compiled);

  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace suan::engine
