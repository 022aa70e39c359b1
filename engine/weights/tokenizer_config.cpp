#include <algorithm>
#include <array>

#include "engine/weights/json_settings.h"
#include "engine/weights/refuse.h"
#include "engine/weights/tokenizer_json.h"

namespace suan::engine {
namespace {

constexpr JsonLimits kLimits{.bytes = 4 << 20, .depth = 16, .values = 1 << 18};
constexpr std::array kKeysRead = {"bos_token", "eos_token", "add_bos_token", "chat_template"};

/// The token of a text, which stands in `key` itself or, as an object, in its `content`.
int32_t token_at(const JsonSettings& settings,
                 const std::string& key,
                 const Vocabulary& vocabulary) {
  const std::string inner = key + ".content";
  const std::string text = settings.text(settings.has(inner) ? inner : key);
  if (text.empty()) return -1;
  const auto found = std::ranges::find(vocabulary.pieces, text);
  if (found == vocabulary.pieces.end()) {
    refuse(settings.file(), "{} is {}, which is no token", key, in_quotes(text));
  }
  return static_cast<int32_t>(found - vocabulary.pieces.begin());
}

/// One template, or several by name of which `default` is meant.
std::string chat_template_of(const JsonSettings& settings) {
  if (settings.has("chat_template")) return settings.text("chat_template");
  for (size_t i = 0; settings.has_under(fmt::format("chat_template.{}", i)); ++i) {
    const std::string entry = fmt::format("chat_template.{}", i);
    if (settings.text(entry + ".name") == "default") return settings.text(entry + ".template");
  }
  return {};
}

JsonSettings read_settings(const SourceFile& file) {
  JsonSettings settings(file.name);
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()),
                              file.bytes.size());
  walk_json(file.name, text, kLimits, [&](auto path, const JsonScalar& value) {
    if (path[0].key == "auto_map") {
      refuse(file.name, "auto_map names code of the model's own, which is never run");
    }
    if (std::ranges::find(kKeysRead, path[0].key) != kKeysRead.end()) settings.add(path, value);
  });
  return settings;
}

}  // namespace

std::string read_tokenizer_config(const SourceFile& file, Vocabulary& vocabulary) {
  const JsonSettings settings = read_settings(file);
  if (const int32_t bos = token_at(settings, "bos_token", vocabulary); bos >= 0) {
    vocabulary.bos = bos;
  }
  const int32_t end = token_at(settings, "eos_token", vocabulary);
  if (end >= 0 && std::ranges::find(vocabulary.ends, end) == vocabulary.ends.end()) {
    vocabulary.ends.push_back(end);
  }
  vocabulary.adds_bos =
      settings.truth("add_bos_token").value_or(vocabulary.adds_bos) && vocabulary.bos >= 0;
  return chat_template_of(settings);
}

}  // namespace suan::engine
