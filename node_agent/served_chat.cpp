#include "node_agent/served_chat.h"

#include <utility>

#include "catalog/types/text.h"
#include "engine/chat/tool_grammar.h"
#include "engine/weights/model_file.h"

namespace suan::node_agent {

namespace {

constexpr size_t kSentenceMax = 500;

engine::ChatMessage turn_of(const ChatMessage& message) {
  engine::ChatMessage turn;
  turn.role = message.role;
  turn.content = message.content;
  turn.reasoning_content = message.reasoning_content;
  for (const ChatCall& call : message.tool_calls)
    turn.tool_calls.push_back({call.id, call.name, call.arguments});
  turn.tool_call_id = message.tool_call_id;
  turn.name = message.name;
  return turn;
}

bool may_call(const ChatOptions& options) {
  return !options.functions.empty() && options.tool_choice != ToolChoice::None;
}

bool must_call(const ChatOptions& options) {
  return options.tool_choice == ToolChoice::Required ||
         options.tool_choice == ToolChoice::Named;
}

/// Calls of the functions that the request allows, in the model's own form.
engine::GrammarSource forced_calls(const ChatOptions& options,
                                   const engine::ChatFormat& format) {
  engine::GrammarSource source;
  source.kind = engine::GrammarSource::Kind::ToolCalls;
  for (engine::ToolFunction& function : engine::tool_functions(options.tools)) {
    const bool is_meant =
        options.tool_choice == ToolChoice::Required || function.name == options.tool_name;
    if (is_meant) source.functions.push_back(std::move(function));
  }
  source.format = engine::tool_call_format(format.tools);
  source.format.has_many = source.format.has_many && options.has_parallel_calls &&
                           options.tool_choice == ToolChoice::Required;
  return source;
}

engine::GrammarSource form_of(const ChatOptions& options) {
  using Kind = engine::GrammarSource::Kind;
  engine::GrammarSource source;
  source.kind = options.form == AnswerForm::JsonSchema ? Kind::JsonSchema
                : options.form == AnswerForm::Grammar  ? Kind::Gbnf
                                                       : Kind::JsonObject;
  source.text = options.form_source;
  return source;
}

}  // namespace

ServedChat::ServedChat(const engine::Manifest& manifest, const engine::Tokenizer& tokenizer)
    : tokenizer_(tokenizer) {
  if (manifest.chat_template.empty()) return;
  try {
    template_ = engine::ChatTemplate::compile(manifest.chat_template);
  } catch (const engine::ModelError& error) {
    refusal_ = printable(error.what(), kSentenceMax);
    return;
  }
  const engine::Vocabulary& vocabulary = manifest.vocabulary;
  if (vocabulary.bos >= 0) bos_ = tokenizer.control_text(vocabulary.bos);
  if (!vocabulary.ends.empty()) eos_ = tokenizer.control_text(vocabulary.ends.front());
}

Result<ChatPrompt> ServedChat::prompt(const ParsedBody& body, int64_t now_s) const {
  if (!template_) {
    return fail_param(ErrorCode::BadRequest, "messages",
                      "this model's chat template cannot be rendered ({}): use "
                      "/v1/completions",
                      refusal_);
  }
  const bool has_tools = may_call(body.options);
  engine::ChatRequest request;
  for (const ChatMessage& message : body.messages)
    request.messages.push_back(turn_of(message));
  if (has_tools) request.tools = body.options.tools;
  request.variables = body.options.variables;
  request.bos = bos_;
  request.eos = eos_;
  request.now_s = now_s;
  auto rendered = template_->render(request);
  if (!rendered) {
    return fail_param(ErrorCode::BadRequest, "messages", "{}",
                      printable(rendered.error(), kSentenceMax));
  }
  ChatPrompt prompt;
  prompt.text = std::move(rendered->prompt);
  prompt.reading.format = template_->format();
  prompt.reading.options.begins_in_reasoning = rendered->opens_reasoning;
  if (has_tools) prompt.reading.options.functions = body.options.functions;
  return prompt;
}

Result<std::shared_ptr<const engine::Grammar>> ServedChat::grammar(const ChatOptions& options,
                                                                   const ChatReading* reading) {
  const bool is_forced = reading != nullptr && must_call(options);
  if (!is_forced && options.form == AnswerForm::Free) {
    return std::shared_ptr<const engine::Grammar>();
  }
  engine::GrammarSource source =
      is_forced ? forced_calls(options, reading->format) : form_of(options);
  const bool thinks_first = reading != nullptr && reading->options.begins_in_reasoning;
  if (thinks_first) source.begins_after = engine::kReasoningEnd;
  const char* param = is_forced                             ? "tools"
                      : options.form == AnswerForm::Grammar ? "grammar"
                                                            : "response_format";
  return compiled(source, param);
}

Result<std::shared_ptr<const engine::Grammar>> ServedChat::compiled(
    const engine::GrammarSource& source, const char* param) {
  if (grammars_ == nullptr) {
    grammars_ = std::make_unique<engine::GrammarCache>(engine::make_token_table(tokenizer_));
  }
  auto grammar = grammars_->get(source);
  if (!grammar) {
    return fail_param(ErrorCode::BadRequest, param, "{}: {}", param,
                      printable(grammar.error(), kSentenceMax));
  }
  return std::move(*grammar);
}

}  // namespace suan::node_agent
