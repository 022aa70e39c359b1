#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/result.h"
#include "catalog/types/time.h"

namespace suan {

/// What the requester wants most; weighs time against money in placement.
enum class Policy : uint8_t { Balanced, Latency, Cost, Throughput };

enum class Priority : uint8_t { Interactive, Batch };

enum class RequestKind : uint8_t { Chat, Completion, Tokenize, Detokenize };

/// The service class a request queues in: by account, or `Batch` by wish.
enum class ServiceClass : uint8_t { Paid, Free, Batch };

/// What a requester may ask of placement (`interfaces.md`, section 3). Never traded away.
struct Wishes {
  Policy policy = Policy::Balanced;
  Priority priority = Priority::Interactive;
  std::vector<SiteId> sites;                     // empty: any
  std::vector<std::string> regions;              // empty: any
  std::optional<int64_t> price_n_per_token_max;  // nano-yuan for one output token
  std::optional<Duration> ttft_max;
  std::optional<Duration> tpot_max;
};

/// All that placement sees of a request; the prompt itself is not among it.
struct RequestFacts {
  RequestId request;
  AccountId account;
  ModelId model;
  RequestKind kind = RequestKind::Chat;
  ServiceClass service_class = ServiceClass::Paid;
  Wishes wishes;
  uint32_t prompt_bytes = 0;  // of messages, roles and tools
  uint32_t tokens_max = 0;    // most output tokens of one choice; 0: up to the model's context
  uint32_t choices = 1;
  bool needs_tools = false;
  bool needs_schema = false;
  bool needs_logprobs = false;
  std::vector<uint64_t> prefix_hashes;  // chained, one per 256 bytes of prompt
  Duration deadline{};                  // remaining when sent
  uint32_t attempt = 1;
  std::vector<ReplicaId> excluded;  // replicas that failed this request before
};

/// The JSON body as the client sent it; shared because an attempt may be repeated.
using RequestBody = std::shared_ptr<const std::string>;

struct Usage {
  uint32_t prompt_tokens = 0;
  uint32_t completion_tokens = 0;
  uint32_t cached_tokens = 0;

  friend bool operator==(const Usage&, const Usage&) = default;
};

struct TokenLogprob {
  std::string token;  // the token's bytes
  double logprob = 0;
};

/// One generated token's log-probability beside those of the likeliest others.
struct LogprobEntry {
  TokenLogprob chosen;
  std::vector<TokenLogprob> top;  // likeliest first
};

/// A call that the model makes, or a further part of its arguments.
struct ToolCallEvent {
  uint32_t index = 0;     // of the call in its choice
  std::string name;       // in the call's first part alone
  std::string arguments;  // JSON text; parts join to a whole

  friend bool operator==(const ToolCallEvent&, const ToolCallEvent&) = default;
};

/// A piece of one choice's text, as it leaves an agent: one or a few per stream, choice and step.
struct TokenEvent {
  uint32_t choice = 0;
  uint32_t tokens = 0;  // generated tokens that the piece stands for
  std::string text;     // whole UTF-8 sequences only
  std::vector<LogprobEntry> logprobs{};
  std::string reasoning{};  // thoughts, which are no part of the text
  std::vector<ToolCallEvent> calls{};
};

/// Where an attempt runs, and why; what headers and the chat page tell.
struct PlacedAt {
  SiteId site;
  NodeId node;
  ReplicaId replica;
  StreamId stream;
  uint32_t attempt = 1;
  Duration ttft_expected{};
  std::string reason;  // one sentence
};

/// How a request ended. `error` unset: it succeeded.
struct Outcome {
  std::optional<Error> error;
  std::optional<Duration> retry_after;
  std::vector<std::string> finish_reasons;  // per choice: stop, length, tool_calls
  Usage usage;
};

[[nodiscard]] std::string_view to_string(Policy policy);
[[nodiscard]] std::optional<Policy> policy_of(std::string_view name);
[[nodiscard]] std::string_view to_string(Priority priority);
[[nodiscard]] std::optional<Priority> priority_of(std::string_view name);
[[nodiscard]] std::string_view to_string(ServiceClass service_class);

}  // namespace suan
