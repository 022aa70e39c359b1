#include "web_api/openai/scan_prompt.h"

namespace suan::web_api {

namespace {

using Value = ScanWalk::Value;
using Type = ScanWalk::Type;

constexpr uint32_t kMessagesMax = 4096;
constexpr std::string_view kPromptForm = "one text, or an array of token ids";

}  // namespace

Result<void> ScanPrompt::messages(Value& value) {
  uint32_t count = 0;
  auto walked =
      walk_.array(value, "messages", "an array of messages", [&](Value& item) -> Result<void> {
        if (++count <= kMessagesMax) return message(item);
        return must_be("messages", "at most 4096 messages");
      });
  if (!walked) return walked;
  if (count == 0) return must_be("messages", "at least one message");
  is_given_ = true;
  return {};
}

Result<void> ScanPrompt::message(Value& value) {
  bool has_role = false;
  auto walked = walk_.object(value, "messages", "objects with a role and a content",
                             [&](std::string_view key, Value& item) -> Result<void> {
                               if (key == "content") return content(item);
                               if (key != "role") return walk_.skip(item);
                               std::string_view role;
                               has_role = true;
                               return walk_.read(item, "messages.role", role);
                             });
  if (!walked) return walked;
  if (!has_role) return must_be("messages", "objects with a role and a content");
  add("\n");  // so that no two lists of messages look like one another
  return {};
}

Result<void> ScanPrompt::content(Value& value) {
  const auto type = ScanWalk::type_of(value);
  if (!type) return forward(type.error());
  if (*type == Type::null) return walk_.skip(value);
  if (*type == Type::array) {
    return walk_.array(value, "messages", "",
                       [this](Value& part) { return content_part(part); });
  }
  return text(value, "messages.content");
}

Result<void> ScanPrompt::content_part(Value& value) {
  bool has_text = false;
  auto walked = walk_.object(value, "messages", "texts, or arrays of text parts",
                             [&](std::string_view key, Value& item) -> Result<void> {
                               if (key != "text") return walk_.skip(item);
                               has_text = true;
                               return text(item, "messages.content.text");
                             });
  if (!walked) return walked;
  if (!has_text) return must_be("messages", "texts: other content parts are not served");
  return {};
}

Result<void> ScanPrompt::prompt(Value& value) {
  const auto type = ScanWalk::type_of(value);
  if (!type) return forward(type.error());
  is_given_ = true;
  if (*type == Type::string) return text(value, "prompt");

  uint32_t texts = 0;
  uint32_t ids = 0;
  auto walked = walk_.array(value, "prompt", kPromptForm, [&](Value& item) -> Result<void> {
    const auto item_type = ScanWalk::type_of(item);
    if (!item_type) return forward(item_type.error());
    const bool is_text = *item_type == Type::string;
    ++(is_text ? texts : ids);
    if (texts > 1 || (texts == 1 && ids > 0)) return must_be("prompt", kPromptForm);
    return is_text ? text(item, "prompt") : token_id(item, "prompt");
  });
  if (walked && texts + ids == 0) return must_be("prompt", kPromptForm);
  return walked;
}

Result<void> ScanPrompt::prompt_text(Value& value) {
  is_given_ = true;
  return text(value, "prompt");
}

Result<void> ScanPrompt::tokens(Value& value) {
  is_given_ = true;
  return walk_.array(value, "tokens", "an array of token ids",
                     [this](Value& item) { return token_id(item, "tokens"); });
}

Result<void> ScanPrompt::text(Value& value, std::string_view name) {
  std::string_view text;
  if (auto taken = walk_.read(value, name, text); !taken) return taken;
  add(text);
  return {};
}

Result<void> ScanPrompt::token_id(Value& value, std::string_view name) {
  uint32_t id = 0;
  if (auto taken = walk_.read(value, name, id); !taken) return taken;
  add(std::string_view(reinterpret_cast<const char*>(&id), sizeof(id)));
  return {};
}

void ScanPrompt::add(std::string_view text) {
  bytes_ += text.size();
  hasher_.add(text);
}

}  // namespace suan::web_api
