#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "engine/chat/chat_template.h"
#include "engine/chat/template_renderer.h"

namespace suan::engine {

/// What a template can do, found out by rendering a small conversation.
struct ChatAbilities {
  bool shows_tools = false;      // the tools of a request appear in the prompt
  bool wants_no_content = true;  // a turn of calls alone has content none, not ""
};

/// The variables that Hugging Face's `apply_chat_template` gives to a template.
///
/// Tools that the template does not show are told in the system message, in the model's own
/// form of calls. Errors: a sentence for the one who asked
[[nodiscard]] tl::expected<jinja::TemplateContext, std::string> chat_context(
    const ChatRequest& request, const ChatFormat& format, const ChatAbilities& abilities);

}  // namespace suan::engine
