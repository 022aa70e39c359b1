#include "engine/chat/chat_template.h"

#include <utility>

#include "engine/chat/chat_context.h"
#include "engine/chat/template_error.h"
#include "engine/chat/template_parser.h"
#include "engine/chat/template_renderer.h"

namespace suan::engine {

struct ChatTemplate::Compiled {
  jinja::TemplateProgram program;
  jinja::TemplateLimits limits;
  ChatFormat format;
  ChatAbilities abilities;
};

namespace {

constexpr uint64_t kProbeSteps = 100'000;
constexpr const char* kProbeName = "probe_of_calls";
constexpr const char* kProbeArguments = R"({"probe_of_arguments": 1})";
constexpr const char* kProbeTools =
    R"([{"type": "function", "function": {"name": "probe_of_calls", "description": "",
     "parameters": {"type": "object", "properties": {}}}}])";

using Rendered = tl::expected<MarkedText, std::string>;

Rendered render_with(const jinja::TemplateProgram& program,
                     const jinja::TemplateLimits& limits,
                     const jinja::TemplateContext& context) {
  try {
    return jinja::TemplateRenderer(program, limits).run(context);
  } catch (const jinja::TemplateError& error) {
    return tl::unexpected<std::string>(error.what());
  }
}

/// Finds out what a template does with tools and calls, by giving it some.
class Probe {
 public:
  explicit Probe(const jinja::TemplateProgram& program) : program_(program) {
    limits_.steps = kProbeSteps;
  }

  ChatAbilities run() const {
    ChatAbilities abilities;
    abilities.shows_tools = shows_tools(false) || shows_tools(true);
    const bool shows_calls = shows_call({.wants_no_content = true});
    abilities.wants_no_content = shows_calls || !shows_call({.wants_no_content = false});
    return abilities;
  }

 private:
  bool shows_tools(bool has_system) const {
    ChatRequest request;
    if (has_system) request.messages.push_back({.role = "system", .content = "Help."});
    request.messages.push_back({.role = "user", .content = "Hello."});
    request.tools = kProbeTools;
    return shows(request, {.shows_tools = true}, kProbeName);
  }

  bool shows_call(const ChatAbilities& abilities) const {
    ChatRequest request;
    request.messages.push_back({.role = "user", .content = "Hello."});
    ChatMessage turn{.role = "assistant"};
    turn.tool_calls.push_back({"call_1", kProbeName, kProbeArguments});
    request.messages.push_back(std::move(turn));
    return shows(request, abilities, kProbeName) &&
           shows(request, abilities, "probe_of_arguments");
  }

  bool shows(const ChatRequest& request,
             const ChatAbilities& abilities,
             std::string_view what) const {
    const auto context = chat_context(request, {}, abilities);
    if (!context) return false;
    const Rendered text = render_with(program_, limits_, *context);
    return text && text->text.find(what) != std::string::npos;
  }

  const jinja::TemplateProgram& program_;
  jinja::TemplateLimits limits_;
};

/// Whether a prompt's last word is the template's own `<think>`.
bool ends_in_thoughts(const MarkedText& prompt) {
  std::string_view text = prompt.text;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  if (!text.ends_with(kReasoningBegin) || prompt.markup.empty()) return false;
  const ByteRange& last = prompt.markup.back();
  return last.first + kReasoningBegin.size() <= text.size() &&
         last.first + last.count >= text.size();
}

}  // namespace

ChatTemplate::ChatTemplate(std::unique_ptr<const Compiled> compiled)
    : compiled_(std::move(compiled)) {}

ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

ChatTemplate ChatTemplate::compile(std::string_view source) {
  auto compiled = std::make_unique<Compiled>();
  compiled->program = jinja::parse_template(source, compiled->limits);
  compiled->format = recognise_format(source);
  compiled->abilities = Probe(compiled->program).run();
  return ChatTemplate(std::move(compiled));
}

tl::expected<RenderedChat, std::string> ChatTemplate::render(const ChatRequest& request) const {
  try {
    const auto context = chat_context(request, compiled_->format, compiled_->abilities);
    if (!context) return tl::unexpected(context.error());
    auto prompt = render_with(compiled_->program, compiled_->limits, *context);
    if (!prompt) return tl::unexpected(std::move(prompt.error()));
    RenderedChat chat;
    chat.opens_reasoning = compiled_->format.has_reasoning && ends_in_thoughts(*prompt);
    chat.prompt = std::move(*prompt);
    return chat;
  } catch (const jinja::TemplateError& error) {  // a value of the request's nests too deep
    return tl::unexpected<std::string>(error.what());
  }
}

const ChatFormat& ChatTemplate::format() const {
  return compiled_->format;
}

}  // namespace suan::engine
