#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/request.h"

namespace suan::web_api {

/// What every piece of one answer repeats.
struct AnswerHead {
  RequestKind kind = RequestKind::Chat;  // or Completion
  RequestId request;
  ModelId model;
  int64_t created_s = 0;
  bool includes_usage = false;  // streams: a last chunk with the usage
};

/// The `suan` object: where the answer was made, and why there.
struct AnswerPlace {
  PlacedAt where;
  std::optional<Duration> ttft;  // from the whole request to the first text
};

/// One choice, collected.
struct AnswerChoice {
  std::string text;
  std::string reasoning;
  std::vector<ToolCallEvent> calls;  // whole
  std::string finish_reason;
  std::vector<LogprobEntry> logprobs;
};

// JSON texts in OpenAI's shapes; chunks are the `data` of server-sent events.

/// Chat: the chunk that says who speaks. Nothing ("") for completions.
[[nodiscard]] std::string role_chunk(const AnswerHead& head, uint32_t choice);
[[nodiscard]] std::string piece_chunk(const AnswerHead& head, const TokenEvent& event);
/// `place`: only in the stream's last chunk.
[[nodiscard]] std::string finish_chunk(const AnswerHead& head,
                                       uint32_t choice,
                                       const std::string& finish_reason,
                                       const AnswerPlace* place);
[[nodiscard]] std::string usage_chunk(const AnswerHead& head,
                                      const Usage& usage,
                                      const AnswerPlace& place);

/// The whole answer of a request that does not stream.
[[nodiscard]] std::string whole_answer(const AnswerHead& head,
                                       const std::vector<AnswerChoice>& choices,
                                       const Usage& usage,
                                       const AnswerPlace& place);

}  // namespace suan::web_api
