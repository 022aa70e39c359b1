#include "catalog/types/chat_json.h"

#include <charconv>

#include "catalog/types/chat_tools_json.h"
#include "catalog/types/json_fields.h"

namespace suan {

namespace {

constexpr size_t kMessagesMax = 4096;

/// The ids of `logit_bias` are JSON keys: decimal digits, nothing else.
std::optional<uint32_t> token_id_of(const std::string& text) {
  uint32_t id = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_whole = end.ec == std::errc{} && end.ptr == text.data() + text.size();
  return is_whole ? std::optional(id) : std::nullopt;
}

void read_logit_bias(JsonFields& fields, SamplingParams& sampling) {
  const Json* bias = fields.find("logit_bias");
  if (bias == nullptr) return;
  if (!bias->is_object()) return fields.refuse("logit_bias", "an object of token id: bias");
  for (const auto& [key, value] : bias->items()) {
    const auto id = token_id_of(key);
    if (!id || !value.is_number()) {
      return fields.refuse("logit_bias", "an object of token id: bias");
    }
    sampling.logit_bias.emplace_back(*id, value.get<double>());
  }
}

/// `stop` is a text or an array of texts.
void read_stop(JsonFields& fields, SamplingParams& sampling) {
  const Json* stop = fields.find("stop");
  if (stop == nullptr) return;
  if (stop->is_string()) {
    sampling.stop = {stop->get<std::string>()};
  } else {
    fields.read("stop", sampling.stop);
  }
}

/// Chat has `logprobs: true, top_logprobs: 5`; completions say `logprobs: 5` for the same.
void read_logprobs(RequestKind kind, JsonFields& fields, SamplingParams& sampling) {
  const Json* logprobs = fields.find("logprobs");
  if (kind == RequestKind::Completion && logprobs != nullptr && logprobs->is_number()) {
    fields.read("logprobs", sampling.top_logprobs);
    sampling.logprobs = true;
    return;
  }
  fields.read("logprobs", sampling.logprobs);
  fields.read("top_logprobs", sampling.top_logprobs);
}

/// Seeds may be negative in OpenAI's API: any 64 bits will do.
void read_seed(JsonFields& fields, SamplingParams& sampling) {
  const Json* seed = fields.find("seed");
  if (seed == nullptr) return;
  if (!seed->is_number_integer()) return fields.refuse("seed", "a whole number of 64 bits");
  sampling.seed = seed->get<uint64_t>();
}

void read_sampling(RequestKind kind, JsonFields& fields, SamplingParams& sampling) {
  fields.read("max_tokens", sampling.tokens_max);
  fields.read("max_completion_tokens", sampling.tokens_max);  // the newer name wins
  fields.read("n", sampling.choices);
  fields.read("temperature", sampling.temperature);
  fields.read("top_p", sampling.top_p);
  fields.read("min_p", sampling.min_p);
  fields.read("typical_p", sampling.typical_p);
  fields.read("top_k", sampling.top_k);
  fields.read("frequency_penalty", sampling.frequency_penalty);
  fields.read("presence_penalty", sampling.presence_penalty);
  fields.read("repetition_penalty", sampling.repetition_penalty);
  fields.read("ignore_eos", sampling.ignore_eos);
  read_logit_bias(fields, sampling);
  read_stop(fields, sampling);
  read_seed(fields, sampling);
  read_logprobs(kind, fields, sampling);
}

/// `content` is a text, null, or an array of `{"type":"text","text":...}` parts. False: neither.
bool read_content(const Json& message, std::optional<std::string>& out) {
  const auto content = message.find("content");
  if (content == message.end() || content->is_null()) return true;
  if (content->is_string()) {
    out = content->get<std::string>();
    return true;
  }
  if (!content->is_array()) return false;

  out.emplace();
  for (const Json& part : *content) {
    if (!part.is_object()) return false;
    const auto found = part.find("text");
    if (found == part.end() || !found->is_string()) return false;
    *out += found->get_ref<const std::string&>();
  }
  return true;
}

void read_messages(JsonFields& fields, std::vector<ChatMessage>& messages) {
  const Json* list = fields.find("messages");
  if (list == nullptr || !list->is_array() || list->empty() || list->size() > kMessagesMax) {
    return fields.refuse("messages", fmt::format("an array of 1 to {} messages", kMessagesMax));
  }
  for (const Json& message : *list) {
    if (!message.is_object() || !message.contains("role") || !message["role"].is_string()) {
      return fields.refuse("messages", "objects with a role and a content");
    }
    ChatMessage& added = messages.emplace_back();
    added.role = message["role"].get<std::string>();
    if (!read_content(message, added.content)) {
      return fields.refuse("messages", "texts, or arrays of text parts");
    }
    read_turn(message, fields, added);
  }
}

/// `prompt` is a text, an array of one text, or an array of token ids.
void read_prompt(JsonFields& fields, ParsedBody& body) {
  const Json* prompt = fields.find("prompt");
  if (prompt == nullptr) return fields.refuse("prompt", "given");
  if (prompt->is_string()) {
    body.prompt = prompt->get<std::string>();
  } else if (prompt->is_array() && prompt->size() == 1 && prompt->front().is_string()) {
    body.prompt = prompt->front().get<std::string>();
  } else if (prompt->is_array() && !prompt->empty() && prompt->front().is_number()) {
    fields.read("prompt", body.token_ids);
  } else {
    fields.refuse("prompt", "one text, or an array of token ids");
  }
}

void read_all(RequestKind kind, JsonFields& fields, ParsedBody& body) {
  switch (kind) {
    case RequestKind::Chat:
      read_messages(fields, body.messages);
      read_tools(fields, body.options);
      read_form(fields, body.options);
      return read_sampling(kind, fields, body.sampling);
    case RequestKind::Completion:
      read_prompt(fields, body);
      read_form(fields, body.options);
      fields.read("echo", body.echo);
      return read_sampling(kind, fields, body.sampling);
    case RequestKind::Tokenize:
      if (fields.find("prompt") == nullptr) return fields.refuse("prompt", "given");
      fields.read("prompt", body.prompt);
      return fields.read("add_special_tokens", body.add_special_tokens);
    case RequestKind::Detokenize:
      if (fields.find("tokens") == nullptr) return fields.refuse("tokens", "given");
      return fields.read("tokens", body.token_ids);
  }
}

Result<void> check_token_ids(const ParsedBody& body, const ModelLimits& limits) {
  for (const uint32_t id : body.token_ids) {
    if (limits.vocabulary > 0 && id >= limits.vocabulary) {
      return fail_param(ErrorCode::BadRequest, "prompt",
                        "token {} is outside of the vocabulary of {}", id, limits.vocabulary);
    }
  }
  return {};
}

}  // namespace

Result<ParsedBody> parse_body(RequestKind kind,
                              std::string_view body,
                              const ModelLimits& limits) {
  const auto json = parse_json(body);
  if (!json) return forward(json.error());

  ParsedBody parsed;
  JsonFields fields(*json);
  read_all(kind, fields, parsed);
  if (fields.error()) return forward(*fields.error());
  if (const auto parts = read_parts(body, *json, parsed.options); !parts) {
    return forward(parts.error());
  }

  if (const auto ids = check_token_ids(parsed, limits); !ids) return forward(ids.error());
  if (const auto fine = check(parsed.sampling, limits); !fine) return forward(fine.error());
  return parsed;
}

}  // namespace suan
