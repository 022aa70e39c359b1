#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/limits.h"
#include "catalog/types/request.h"
#include "catalog/types/result.h"

namespace suan {

/// A call of an earlier turn.
struct ChatCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON text, as the model once made it
};

struct ChatMessage {
  std::string role;
  std::optional<std::string> content{};  // unset: null, or not given
  std::optional<std::string> reasoning_content{};
  std::vector<ChatCall> tool_calls{};
  std::string tool_call_id{};
  std::string name{};
};

/// Whether the model may, must or must not call functions.
enum class ToolChoice : uint8_t { Auto, None, Required, Named };

/// What the answer's text must look like; Grammar: GBNF.
enum class AnswerForm : uint8_t { Free, JsonObject, JsonSchema, Grammar };

/// The parts of a body that say more than "answer this".
struct ChatOptions {
  std::string tools;                   // a JSON array, keys in the client's order; empty: none
  std::vector<std::string> functions;  // their names
  ToolChoice tool_choice = ToolChoice::Auto;
  std::string tool_name;  // Named
  bool has_parallel_calls = true;
  AnswerForm form = AnswerForm::Free;
  std::string form_source;  // the schema or the grammar
  std::string variables;    // `chat_template_kwargs`, a JSON object; empty: none
};

/// The body of a request, as the agent needs it: what to say, and how to draw tokens.
struct ParsedBody {
  std::vector<ChatMessage> messages;  // Chat
  ChatOptions options;                // Chat; `form` of Completion, too
  std::string prompt;                 // Completion, Tokenize
  std::vector<uint32_t> token_ids;    // Completion or Detokenize given as ids
  bool add_special_tokens = true;     // Tokenize
  bool echo = false;                  // Completion
  SamplingParams sampling;
};

/// Reads a body of OpenAI's shape; unknown fields are ignored, known ones checked by type
/// and, through `check`, by range.
///
/// Errors:   BadRequest  with `param`
[[nodiscard]] Result<ParsedBody> parse_body(RequestKind kind,
                                            std::string_view body,
                                            const ModelLimits& limits);

}  // namespace suan
