// Chat templates, as model files bring them: compiled and rendered within their limits, or refused
// by a sentence. Markup covers bytes of the prompt only.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/chat/chat_template.h"
#include "engine/weights/model_file.h"

namespace {

using namespace suan::engine;  // NOLINT(google-build-using-namespace)

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

ChatRequest plain() {
  return {.messages = {{.role = "user", .content = "Hi {{ x }} <s>"}},
          .bos = "<s>",
          .eos = "</s>",
          .now_s = 1'700'000'000};
}

ChatRequest rich() {
  ChatRequest request = plain();
  request.messages.insert(request.messages.begin(),
                          {.role = "system", .content = "Be \xE7\xAE\x97"});
  request.messages.push_back({.role = "assistant",
                              .content = std::nullopt,
                              .reasoning_content = "hm",
                              .tool_calls = {{"1", "add", R"({"a": [1, 2.5, null]})"}}});
  request.messages.push_back({.role = "tool", .content = "3", .tool_call_id = "1"});
  request.tools = R"([{"type": "function", "function": {"name": "add", "parameters": {}}}])";
  request.enable_thinking = true;
  request.variables = R"({"x": true})";
  return request;
}

void check(const ChatTemplate& compiled, const ChatRequest& request) {
  const auto rendered = compiled.render(request);
  if (!rendered) {
    require(!rendered.error().empty());
    return;
  }
  size_t end = 0;
  for (const ByteRange& range : rendered->prompt.markup) {
    require(range.first >= end && range.count > 0);
    end = range.first + range.count;
  }
  require(end <= rendered->prompt.text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto compiled = ChatTemplate::compile({reinterpret_cast<const char*>(data), size});
    check(compiled, plain());
    check(compiled, rich());
  } catch (const ModelError&) {
    return 0;
  }
  return 0;
}
