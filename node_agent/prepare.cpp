#include "node_agent/prepare.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "catalog/types/chat_json.h"
#include "catalog/types/json.h"
#include "catalog/types/random.h"

namespace suan::node_agent {

namespace {

using Prepared = std::variant<PreparedRequest, DirectAnswer>;

Result<void> check_abilities(const RequestFacts& facts, const ServedChat& chat) {
  const bool has_template = facts.kind == RequestKind::Chat && !chat.is_plain();
  if (!facts.needs_tools || has_template) return {};
  return fail_param(ErrorCode::BadRequest, "tools", "this model has no template for tools");
}

std::string joined_contents(const std::vector<ChatMessage>& messages) {
  std::string text;
  for (size_t i = 0; i < messages.size(); ++i) {
    if (i > 0) text += '\n';
    text += messages[i].content.value_or("");
  }
  return text;
}

std::vector<int32_t> signed_ids(const std::vector<uint32_t>& ids) {
  // Each is below the vocabulary's size: `parse_body` has checked.
  return {ids.begin(), ids.end()};
}

DirectAnswer tokenized(const ParsedBody& body, const engine::Tokenizer& tokenizer) {
  const auto ids = tokenizer.encode(body.prompt, body.add_special_tokens);
  return {dump_json({{"tokens", ids}, {"count", ids.size()}})};
}

DirectAnswer detokenized(const ParsedBody& body, const engine::Tokenizer& tokenizer) {
  return {dump_json({{"text", tokenizer.decode(signed_ids(body.token_ids))}})};
}

/// The prompt's tokens, and how the answer is read and held to its form.
Result<void> make_prompt(const ParsedBody& body,
                         RequestKind kind,
                         const ServedModel& model,
                         PreparedRequest& request) {
  const bool is_chat = kind == RequestKind::Chat;
  if (is_chat && !model.chat.is_plain()) {
    auto prompt = model.chat.prompt(body, model.now_s);
    if (!prompt) return forward(prompt.error());
    // The template writes BOS itself where the model wants one.
    request.prompt = model.tokenizer.encode(prompt->text, false);
    request.reading = std::move(prompt->reading);
  } else if (!body.token_ids.empty()) {
    request.prompt = signed_ids(body.token_ids);
  } else {
    const std::string text = is_chat ? joined_contents(body.messages) : body.prompt;
    request.prompt = model.tokenizer.encode(text, model.manifest.vocabulary.adds_bos);
  }
  auto grammar =
      model.chat.grammar(body.options, request.reading ? &*request.reading : nullptr);
  if (!grammar) return forward(grammar.error());
  request.grammar = std::move(*grammar);
  return {};
}

engine::Sampling sampling_of(const SamplingParams& params, uint64_t seed) {
  engine::Sampling sampling;
  sampling.temperature = params.temperature;
  sampling.top_p = params.top_p;
  sampling.min_p = params.min_p;
  sampling.typical_p = params.typical_p;
  sampling.top_k = params.top_k;
  sampling.frequency_penalty = params.frequency_penalty;
  sampling.presence_penalty = params.presence_penalty;
  sampling.repetition_penalty = params.repetition_penalty;
  for (const auto& [token, bias] : params.logit_bias) {
    sampling.logit_bias.emplace_back(token, static_cast<float>(bias));
  }
  sampling.seed = params.seed.value_or(seed);
  sampling.wants_logprobs = params.logprobs;
  sampling.top_logprobs = params.top_logprobs;
  sampling.ignores_eos = params.ignore_eos;
  return sampling;
}

Result<uint32_t> output_room(size_t prompt_tokens,
                             const SamplingParams& params,
                             const RequestFacts& facts,
                             uint32_t context) {
  if (prompt_tokens == 0) {
    return fail_param(ErrorCode::BadRequest, "prompt", "the prompt is empty");
  }
  if (prompt_tokens >= context) {
    return fail_param(
        ErrorCode::BadRequest, facts.kind == RequestKind::Chat ? "messages" : "prompt",
        "context_length_exceeded: the model's context has {} tokens, the prompt {}", context,
        prompt_tokens);
  }
  // Placement has reserved what the facts say; the body may not ask for more.
  const auto room = static_cast<uint32_t>(context - prompt_tokens);
  uint32_t most = std::min(params.tokens_max.value_or(room), room);
  if (facts.tokens_max > 0) most = std::min(most, facts.tokens_max);
  return most;
}

}  // namespace

Result<Prepared> prepare(const Work& work, const ServedModel& model, uint64_t seed) {
  const RequestFacts& facts = work.facts;
  if (work.body == nullptr) return fail(ErrorCode::BadRequest, "the body is missing");
  if (const auto able = check_abilities(facts, model.chat); !able) {
    return forward(able.error());
  }
  const ModelLimits limits{model.context_tokens, model.tokenizer.size()};
  const auto body = parse_body(facts.kind, *work.body, limits);
  if (!body) return forward(body.error());
  if (facts.kind == RequestKind::Tokenize) return Prepared(tokenized(*body, model.tokenizer));
  if (facts.kind == RequestKind::Detokenize) {
    return Prepared(detokenized(*body, model.tokenizer));
  }

  PreparedRequest request;
  request.stream = work.stream;
  request.prefix_scope = std::hash<AccountId>{}(facts.account);
  if (const auto made = make_prompt(*body, facts.kind, model, request); !made) {
    return forward(made.error());
  }
  const auto most =
      output_room(request.prompt.size(), body->sampling, facts, model.context_tokens);
  if (!most) return forward(most.error());
  request.tokens_max = *most;
  request.choices = body->sampling.choices;
  request.sampling = sampling_of(body->sampling, seed);
  request.stop = body->sampling.stop;
  if (body->echo) {
    request.echo =
        body->token_ids.empty() ? body->prompt : model.tokenizer.decode(request.prompt);
  }
  return Prepared(std::move(request));
}

uint64_t seed_of_choice(uint64_t seed, uint32_t choice) {
  return choice == 0 ? seed : splitmix64(seed + choice);
}

}  // namespace suan::node_agent
