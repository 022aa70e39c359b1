#include "web_api/openai/answer_format.h"

#include <string_view>

#include <fmt/format.h>

#include "catalog/types/json.h"
#include "catalog/types/uuid.h"

namespace suan::web_api {

namespace {

bool is_chat(const AnswerHead& head) {
  return head.kind == RequestKind::Chat;
}

std::string id_of(const AnswerHead& head) {
  return (is_chat(head) ? "chatcmpl-" : "cmpl-") + to_string(head.request.value());
}

std::string_view object_of(const AnswerHead& head, bool is_chunk) {
  if (!is_chat(head)) return "text_completion";
  return is_chunk ? "chat.completion.chunk" : "chat.completion";
}

Json base(const AnswerHead& head, bool is_chunk) {
  return {{"id", id_of(head)},
          {"object", object_of(head, is_chunk)},
          {"created", head.created_s},
          {"model", head.model.value()}};
}

Json usage_json(const Usage& usage) {
  return {{"prompt_tokens", usage.prompt_tokens},
          {"completion_tokens", usage.completion_tokens},
          {"total_tokens", uint64_t{usage.prompt_tokens} + usage.completion_tokens},
          {"prompt_tokens_details", {{"cached_tokens", usage.cached_tokens}}}};
}

Json place_json(const AnswerHead& head, const AnswerPlace& place) {
  Json json = {{"request_id", to_string(head.request.value())},
               {"site", place.where.site.value()},
               {"node", place.where.node.value()},
               {"attempt", place.where.attempt},
               {"ttft_ms", nullptr},
               {"ttft_expected_ms", to_ms(place.where.ttft_expected)},
               {"reason", place.where.reason}};
  if (place.ttft) json["ttft_ms"] = to_ms(*place.ttft);
  return json;
}

Json bytes_json(const std::string& token) {
  Json bytes = Json::array();
  for (const char c : token)
    bytes.push_back(static_cast<unsigned char>(c));
  return bytes;
}

Json logprob_json(const TokenLogprob& token) {
  return {
      {"token", token.token}, {"logprob", token.logprob}, {"bytes", bytes_json(token.token)}};
}

Json chat_logprobs(const std::vector<LogprobEntry>& entries) {
  Json content = Json::array();
  for (const LogprobEntry& entry : entries) {
    Json one = logprob_json(entry.chosen);
    one["top_logprobs"] = Json::array();
    for (const TokenLogprob& other : entry.top)
      one["top_logprobs"].push_back(logprob_json(other));
    content.push_back(std::move(one));
  }
  return {{"content", std::move(content)}};
}

Json completion_logprobs(const std::vector<LogprobEntry>& entries) {
  Json json = {{"tokens", Json::array()},
               {"token_logprobs", Json::array()},
               {"top_logprobs", Json::array()}};
  for (const LogprobEntry& entry : entries) {
    Json top = Json::object();
    for (const TokenLogprob& other : entry.top)
      top[other.token] = other.logprob;
    json["tokens"].push_back(entry.chosen.token);
    json["token_logprobs"].push_back(entry.chosen.logprob);
    json["top_logprobs"].push_back(std::move(top));
  }
  return json;
}

Json logprobs_json(const AnswerHead& head, const std::vector<LogprobEntry>& entries) {
  if (entries.empty()) return nullptr;
  return is_chat(head) ? chat_logprobs(entries) : completion_logprobs(entries);
}

/// An id that no other call of the account has.
std::string call_id(const AnswerHead& head, uint32_t choice, uint32_t index) {
  return fmt::format("call_{}_{}_{}", to_string(head.request.value()), choice, index);
}

/// A call, or the first or a further part of one: only the first says what is called.
Json call_json(const AnswerHead& head, uint32_t choice, const ToolCallEvent& call) {
  Json json = {{"function", {{"arguments", call.arguments}}}};
  if (call.name.empty()) return json;
  json["id"] = call_id(head, choice, call.index);
  json["type"] = "function";
  json["function"]["name"] = call.name;
  return json;
}

Json delta_json(const AnswerHead& head, const TokenEvent& event) {
  Json delta = Json::object();
  if (!event.reasoning.empty()) delta["reasoning_content"] = event.reasoning;
  const bool has_more = !event.reasoning.empty() || !event.calls.empty();
  if (!event.text.empty() || !has_more) delta["content"] = event.text;
  for (const ToolCallEvent& call : event.calls) {
    Json part = call_json(head, event.choice, call);
    part["index"] = call.index;
    delta["tool_calls"].push_back(std::move(part));
  }
  return delta;
}

/// The whole message of one choice. A message of calls alone has no content, rather than "".
Json message_json(const AnswerHead& head, uint32_t index, const AnswerChoice& choice) {
  Json message = {{"role", "assistant"}, {"content", choice.text}};
  if (!choice.reasoning.empty()) message["reasoning_content"] = choice.reasoning;
  if (choice.calls.empty()) return message;
  if (choice.text.empty()) message["content"] = nullptr;
  for (const ToolCallEvent& call : choice.calls)
    message["tool_calls"].push_back(call_json(head, index, call));
  return message;
}

Json choice_chunk(const AnswerHead& head, uint32_t choice) {
  Json json = {{"index", choice}, {"finish_reason", nullptr}, {"logprobs", nullptr}};
  if (is_chat(head)) {
    json["delta"] = Json::object();
  } else {
    json["text"] = "";
  }
  return json;
}

std::string chunk(const AnswerHead& head, Json choice, const AnswerPlace* place) {
  Json json = base(head, true);
  json["choices"] = Json::array({std::move(choice)});
  if (head.includes_usage) json["usage"] = nullptr;
  if (place != nullptr) json["suan"] = place_json(head, *place);
  return dump_json(json);
}

}  // namespace

std::string role_chunk(const AnswerHead& head, uint32_t choice) {
  if (!is_chat(head)) return "";
  Json json = choice_chunk(head, choice);
  json["delta"] = {{"role", "assistant"}, {"content", ""}};
  return chunk(head, std::move(json), nullptr);
}

std::string piece_chunk(const AnswerHead& head, const TokenEvent& event) {
  if (!event.logprobs.empty() || !event.reasoning.empty() || !event.calls.empty()) {
    Json json = choice_chunk(head, event.choice);
    json["logprobs"] = logprobs_json(head, event.logprobs);
    if (is_chat(head)) {
      json["delta"] = delta_json(head, event);
    } else {
      json["text"] = event.text;
    }
    return chunk(head, std::move(json), nullptr);
  }
  // The one chunk that is made for almost each token; a tree would cost several times as much.
  const std::string text = dump_json(event.text);
  return fmt::format(
      R"({{"id":"{}","object":"{}","created":{},"model":"{}","choices":[{{"index":{},{}{}{},"logprobs":null,"finish_reason":null}}]{}}})",
      id_of(head), object_of(head, true), head.created_s, head.model.value(), event.choice,
      is_chat(head) ? R"("delta":{"content":)" : R"("text":)", text, is_chat(head) ? "}" : "",
      head.includes_usage ? R"(,"usage":null)" : "");
}

std::string finish_chunk(const AnswerHead& head,
                         uint32_t choice,
                         const std::string& finish_reason,
                         const AnswerPlace* place) {
  Json json = choice_chunk(head, choice);
  json["finish_reason"] = finish_reason;
  return chunk(head, std::move(json), place);
}

std::string usage_chunk(const AnswerHead& head, const Usage& usage, const AnswerPlace& place) {
  Json json = base(head, true);
  json["choices"] = Json::array();
  json["usage"] = usage_json(usage);
  json["suan"] = place_json(head, place);
  return dump_json(json);
}

std::string whole_answer(const AnswerHead& head,
                         const std::vector<AnswerChoice>& choices,
                         const Usage& usage,
                         const AnswerPlace& place) {
  Json json = base(head, false);
  json["choices"] = Json::array();
  for (size_t i = 0; i < choices.size(); ++i) {
    Json choice = {{"index", i},
                   {"finish_reason", choices[i].finish_reason},
                   {"logprobs", logprobs_json(head, choices[i].logprobs)}};
    if (is_chat(head)) {
      choice["message"] = message_json(head, static_cast<uint32_t>(i), choices[i]);
    } else {
      choice["text"] = choices[i].text;
    }
    json["choices"].push_back(std::move(choice));
  }
  json["usage"] = usage_json(usage);
  json["suan"] = place_json(head, place);
  return dump_json(json);
}

}  // namespace suan::web_api
