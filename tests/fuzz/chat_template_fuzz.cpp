// Chat templates: whatever a model file holds is refused, or renders under the limits; and what a
// model writes reads the same however it is cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/chat/chat_template.h"
#include "engine/chat/output_parser.h"
#include "engine/weights/model_file.h"

namespace {

using namespace suan::engine;  // NOLINT(google-build-using-namespace)

constexpr size_t kOutputMax = 4U << 20U;

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

/// A conversation with everything that a template may look at; `text` is in a user's mouth too.
ChatRequest conversation(std::string_view text) {
  ChatRequest request{.bos = "<s>", .eos = "</s>", .now_s = 1'700'000'000};
  request.messages = {{.role = "system", .content = "Be \xE7\xAE\x97"},
                      {.role = "user", .content = std::string(text.substr(0, 64))},
                      {.role = "assistant",
                       .content = std::nullopt,
                       .reasoning_content = "hm",
                       .tool_calls = {{"1", "now", R"({"a": [1, 2.5, null]})"}}},
                      {.role = "tool", .content = "12:00", .tool_call_id = "1"}};
  request.tools = R"([{"type": "function", "function": {"name": "now", "parameters": {}}}])";
  request.enable_thinking = true;
  request.variables = R"({"x": true})";
  return request;
}

ChatRequest plain() {
  return {.messages = {{.role = "user", .content = "Hi {{ x }} <s>"}}, .bos = "<s>"};
}

/// Ranges are sorted, apart, and inside of the text.
void check_markup(const MarkedText& prompt) {
  size_t end = 0;
  for (const ByteRange& range : prompt.markup) {
    require(range.count > 0 && range.first >= end);
    end = range.first + range.count;
  }
  require(end <= prompt.text.size() && prompt.text.size() <= kOutputMax);
}

std::string told(const ChatFormat& format, std::string_view text, size_t piece) {
  OutputParser parser(format, {.begins_in_reasoning = false, .functions = {"now"}});
  std::string reasoning;
  std::string content;
  std::string calls;
  const auto add = [&](const OutputPiece& out) {
    reasoning += out.reasoning;
    content += out.content;
    for (const ToolCall& call : out.calls)
      calls += call.name + call.arguments;
  };
  for (size_t at = 0; at < text.size(); at += piece)
    add(parser.push(text.substr(at, piece)));
  add(parser.finish());
  return reasoning + '\0' + content + '\0' + calls;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto style :
       {ToolCallStyle::Hermes, ToolCallStyle::DeepSeekFenced, ToolCallStyle::LlamaJson}) {
    const ChatFormat format{.has_reasoning = true, .tools = style};
    require(told(format, text, 1) == told(format, text, size + 1));
  }
  try {
    const ChatTemplate chat = ChatTemplate::compile(text);
    for (const ChatRequest& request : {conversation(text), plain()}) {
      const auto rendered = chat.render(request);
      rendered ? check_markup(rendered->prompt) : require(!rendered.error().empty());
    }
  } catch (const ModelError&) {
    return 0;
  }
  return 0;
}
