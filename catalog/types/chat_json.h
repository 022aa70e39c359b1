#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/limits.h"
#include "catalog/types/request.h"
#include "catalog/types/result.h"

namespace suan {

struct ChatMessage {
  std::string role;
  std::string content;
};

/// The body of a request, as the agent needs it: what to say, and how to draw tokens.
struct ParsedBody {
  std::vector<ChatMessage> messages;  // Chat
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
