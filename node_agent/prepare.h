#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/result.h"
#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/manifest.h"
#include "node_agent/runner.h"
#include "node_agent/served_chat.h"

namespace suan::node_agent {

/// What the engine needs to serve a request; the same for all of its choices.
struct PreparedRequest {
  StreamId stream;
  std::vector<int32_t> prompt;
  uint32_t tokens_max = 0;
  uint32_t choices = 1;
  uint64_t prefix_scope = 0;  // of its account: beginnings are not shared with others
  engine::Sampling sampling;  // with the first choice's seed
  std::vector<std::string> stop;
  std::string echo;
  std::shared_ptr<const engine::Grammar> grammar{};  // null: any text
  std::optional<ChatReading> reading{};              // of chats through a template
};

/// Tokenize and detokenize need no engine: the whole answer.
struct DirectAnswer {
  std::string json;
};

struct ServedModel {
  const engine::Manifest& manifest;
  const engine::Tokenizer& tokenizer;
  uint32_t context_tokens = 0;
  ServedChat& chat;
  int64_t now_s = 0;  // Unix time
};

/// Parses a body, checks every range again, makes the prompt's tokens and the grammar that the
/// answer is held to. A model without a chat template continues the messages' contents, one line
/// break between them.
///
/// `seed` is for requests without one.
/// Errors:   BadRequest  the request is at fault; a prompt that is too long says
///                       `context_length_exceeded`
[[nodiscard]] Result<std::variant<PreparedRequest, DirectAnswer>> prepare(
    const Work& work, const ServedModel& model, uint64_t seed);

/// The seed of one choice: the first has the request's own.
[[nodiscard]] uint64_t seed_of_choice(uint64_t seed, uint32_t choice);

}  // namespace suan::node_agent
