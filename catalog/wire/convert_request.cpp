#include <algorithm>

#include "catalog/wire/convert.h"
#include "catalog/wire/convert_check.h"

namespace suan {

namespace {

constexpr int kNamesMax = 256;
constexpr int kPrefixHashesMax = 8'192;  // 64 KiB on the wire, 2 MiB of prompt
constexpr int kExcludedMax = 64;
constexpr uint32_t kAttemptMax = 100;
constexpr uint32_t kChoicesMax = 8;
constexpr int kTopLogprobsMax = 20;
constexpr int kLogprobsMax = 1'024;
constexpr int kCallPartsMax = 1'024;
constexpr uint32_t kCallsMax = 4'096;
constexpr size_t kReasonMax = 1'024;

/// An enum of `count` values that travels as its number.
template <class Enum>
bool is_within(uint32_t number, Enum last) {
  return number <= static_cast<uint32_t>(last);
}

std::optional<Duration> duration_of(bool is_set, int64_t us) {
  return is_set ? std::optional(Duration(us)) : std::nullopt;
}

void check_wishes(const v1::Facts& message, MessageCheck& check) {
  const auto& sites = message.site_ids();
  const auto& regions = message.regions();
  check.require(is_within(message.policy(), Policy::Throughput), "policy");
  check.require(is_within(message.priority(), Priority::Batch), "priority");
  check.require(sites.size() <= kNamesMax, "site_ids");
  check.require(regions.size() <= kNamesMax, "regions");
  check.require(std::all_of(sites.begin(), sites.end(), is_valid_name), "site_ids");
  check.require(message.price_n_per_token_max() >= 0, "price_n_per_token_max");
  check.require(is_duration(message.ttft_max_us()), "ttft_max_us");
  check.require(is_duration(message.tpot_max_us()), "tpot_max_us");
}

void check_facts(const v1::Facts& message, MessageCheck& check) {
  check.require_name(message.account_id(), "account_id");
  check.require_name(message.model_id(), "model_id");
  check.require(is_within(message.kind(), RequestKind::Detokenize), "kind");
  check.require(is_within(message.service_class(), ServiceClass::Batch), "service_class");
  check.require(message.choices() >= 1 && message.choices() <= kChoicesMax, "choices");
  check.require(message.prefix_hashes_size() <= kPrefixHashesMax, "prefix_hashes");
  check.require(is_duration(message.deadline_us()), "deadline_us");
  check.require(message.attempt() >= 1 && message.attempt() <= kAttemptMax, "attempt");
  check.require(message.excluded_replica_ids_size() <= kExcludedMax, "excluded_replica_ids");
  check_wishes(message, check);
}

Wishes read_wishes(const v1::Facts& message) {
  Wishes wishes;
  wishes.policy = static_cast<Policy>(message.policy());
  wishes.priority = static_cast<Priority>(message.priority());
  for (const std::string& site : message.site_ids())
    wishes.sites.emplace_back(site);
  wishes.regions = {message.regions().begin(), message.regions().end()};
  if (message.has_price_n_per_token_max()) {
    wishes.price_n_per_token_max = message.price_n_per_token_max();
  }
  wishes.ttft_max = duration_of(message.has_ttft_max_us(), message.ttft_max_us());
  wishes.tpot_max = duration_of(message.has_tpot_max_us(), message.tpot_max_us());
  return wishes;
}

void write_wishes(const Wishes& wishes, v1::Facts& message) {
  message.set_policy(static_cast<uint32_t>(wishes.policy));
  message.set_priority(static_cast<uint32_t>(wishes.priority));
  for (const SiteId& site : wishes.sites)
    message.add_site_ids(site.value());
  for (const std::string& region : wishes.regions)
    message.add_regions(region);
  if (wishes.price_n_per_token_max) {
    message.set_price_n_per_token_max(*wishes.price_n_per_token_max);
  }
  if (wishes.ttft_max) message.set_ttft_max_us(wishes.ttft_max->count());
  if (wishes.tpot_max) message.set_tpot_max_us(wishes.tpot_max->count());
}

Result<LogprobEntry> read_logprob(const v1::Logprob& message) {
  // -infinity is what an impossible token has; NaN is nobody's.
  MessageCheck check("Logprob");
  check.require(!std::isnan(message.logprob()), "logprob");
  check.require(message.top_size() <= kTopLogprobsMax, "top");
  LogprobEntry entry{{message.token(), message.logprob()}, {}};
  for (const v1::Logprob& other : message.top()) {
    check.require(!std::isnan(other.logprob()) && other.top().empty(), "top");
    entry.top.push_back({other.token(), other.logprob()});
  }
  if (!check.is_fine()) return check.error();
  return entry;
}

void write_logprob(const LogprobEntry& entry, v1::Logprob& message) {
  message.set_token(entry.chosen.token);
  message.set_logprob(entry.chosen.logprob);
  for (const TokenLogprob& other : entry.top) {
    v1::Logprob& added = *message.add_top();
    added.set_token(other.token);
    added.set_logprob(other.logprob);
  }
}

}  // namespace

Result<RequestId> read_request_id(const std::string& bytes) {
  if (bytes.size() != 16) {
    return fail_param(ErrorCode::BadRequest, "request_id", "a request id has 16 bytes");
  }
  Uuid uuid;
  for (size_t i = 0; i < 16; ++i) {
    uint64_t& half = i < 8 ? uuid.high : uuid.low;
    half = (half << 8U) | static_cast<uint8_t>(bytes[i]);
  }
  if (uuid == Uuid{}) {
    return fail_param(ErrorCode::BadRequest, "request_id", "a request id is not zero");
  }
  return RequestId(uuid);
}

std::string write_request_id(const RequestId& request) {
  std::string bytes(16, '\0');
  for (size_t i = 0; i < 16; ++i) {
    const uint64_t half = i < 8 ? request.value().high : request.value().low;
    bytes[i] = static_cast<char>((half >> (56 - 8 * (i % 8))) & 0xFFU);
  }
  return bytes;
}

Result<RequestFacts> read(const v1::Facts& message) {
  const auto request = read_request_id(message.request_id());
  if (!request) return forward(request.error());
  MessageCheck check("Facts");
  check_facts(message, check);
  if (!check.is_fine()) return check.error();

  RequestFacts facts;
  facts.request = *request;
  facts.account = AccountId(message.account_id());
  facts.model = ModelId(message.model_id());
  facts.kind = static_cast<RequestKind>(message.kind());
  facts.service_class = static_cast<ServiceClass>(message.service_class());
  facts.wishes = read_wishes(message);
  facts.prompt_bytes = message.prompt_bytes();
  facts.tokens_max = message.tokens_max();
  facts.choices = message.choices();
  facts.needs_tools = message.needs_tools();
  facts.needs_schema = message.needs_schema();
  facts.needs_logprobs = message.needs_logprobs();
  facts.prefix_hashes = {message.prefix_hashes().begin(), message.prefix_hashes().end()};
  facts.deadline = Duration(message.deadline_us());
  facts.attempt = message.attempt();
  for (const uint64_t replica : message.excluded_replica_ids()) {
    facts.excluded.emplace_back(replica);
  }
  return facts;
}

void write(const RequestFacts& facts, v1::Facts& message) {
  message.set_request_id(write_request_id(facts.request));
  message.set_account_id(facts.account.value());
  message.set_model_id(facts.model.value());
  message.set_kind(static_cast<uint32_t>(facts.kind));
  message.set_service_class(static_cast<uint32_t>(facts.service_class));
  write_wishes(facts.wishes, message);
  message.set_prompt_bytes(facts.prompt_bytes);
  message.set_tokens_max(facts.tokens_max);
  message.set_choices(facts.choices);
  message.set_needs_tools(facts.needs_tools);
  message.set_needs_schema(facts.needs_schema);
  message.set_needs_logprobs(facts.needs_logprobs);
  message.mutable_prefix_hashes()->Add(facts.prefix_hashes.begin(), facts.prefix_hashes.end());
  message.set_deadline_us(facts.deadline.count());
  message.set_attempt(facts.attempt);
  for (const ReplicaId& replica : facts.excluded) {
    message.add_excluded_replica_ids(replica.value());
  }
}

Result<PlacedAt> read(const v1::Placed& message) {
  MessageCheck check("Placed");
  check.require_name(message.site_id(), "site_id");
  check.require_name(message.node_id(), "node_id");
  check.require(message.replica_id() != 0, "replica_id");
  check.require(message.stream_id() != 0, "stream_id");
  check.require(message.attempt() >= 1 && message.attempt() <= kAttemptMax, "attempt");
  check.require(is_duration(message.ttft_expected_us()), "ttft_expected_us");
  if (!check.is_fine()) return check.error();

  PlacedAt placed;
  placed.site = SiteId(message.site_id());
  placed.node = NodeId(message.node_id());
  placed.replica = ReplicaId(message.replica_id());
  placed.stream = StreamId(message.stream_id());
  placed.attempt = message.attempt();
  placed.ttft_expected = Duration(message.ttft_expected_us());
  placed.reason = printable(message.reason(), kReasonMax);
  return placed;
}

Result<TokenEvent> read(const v1::Piece& message) {
  MessageCheck check("Piece");
  check.require(message.choice() < kChoicesMax, "choice");
  check.require(message.logprobs_size() <= kLogprobsMax, "logprobs");
  check.require(message.calls_size() <= kCallPartsMax, "calls");
  for (const v1::ToolCallPart& part : message.calls())
    check.require(part.index() < kCallsMax, "calls.index");
  if (!check.is_fine()) return check.error();

  TokenEvent event{message.choice(), message.tokens(), message.text(), {}};
  event.reasoning = message.reasoning();
  for (const v1::ToolCallPart& part : message.calls())
    event.calls.push_back({part.index(), part.name(), part.arguments()});
  for (const v1::Logprob& logprob : message.logprobs()) {
    auto entry = read_logprob(logprob);
    if (!entry) return forward(entry.error());
    event.logprobs.push_back(std::move(*entry));
  }
  return event;
}

void write(const TokenEvent& event, v1::Piece& message) {
  message.set_choice(event.choice);
  message.set_tokens(event.tokens);
  message.set_text(event.text);
  message.set_reasoning(event.reasoning);
  for (const ToolCallEvent& call : event.calls) {
    v1::ToolCallPart& part = *message.add_calls();
    part.set_index(call.index);
    part.set_name(call.name);
    part.set_arguments(call.arguments);
  }
  for (const LogprobEntry& entry : event.logprobs)
    write_logprob(entry, *message.add_logprobs());
}

Usage read(const v1::UsageCounts& message) {
  return {message.prompt_tokens(), message.completion_tokens(), message.cached_tokens()};
}

void write(const Usage& usage, v1::UsageCounts& message) {
  message.set_prompt_tokens(usage.prompt_tokens);
  message.set_completion_tokens(usage.completion_tokens);
  message.set_cached_tokens(usage.cached_tokens);
}

Error read_error(const std::string& code,
                 const std::string& message,
                 const std::string& param) {
  return {error_code_of(code).value_or(ErrorCode::Internal), printable(message, kReasonMax),
          printable(param, 64)};
}

}  // namespace suan
