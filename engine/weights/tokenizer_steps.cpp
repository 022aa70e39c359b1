#include "engine/weights/tokenizer_steps.h"

#include <algorithm>

#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/split_rules.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

/// A step that is supported where `is_fine`; anything else would give other ids.
void require(const JsonSettings& settings,
             const std::string& step,
             const char* key,
             bool is_fine) {
  if (!is_fine) refuse(settings.file(), "{}.{} is not the supported one", step, key);
}

[[noreturn]] void refuse_step(const JsonSettings& settings,
                              const std::string& step,
                              const char* supported) {
  refuse(settings.file(), "{} is {}; supported are {}", step,
         in_quotes(settings.text(step + ".type")), supported);
}

std::string split_pattern(const JsonSettings& settings, const std::string& step) {
  require(settings, step, "behavior", settings.text(step + ".behavior") == "Isolated");
  require(settings, step, "invert", !settings.truth(step + ".invert").value_or(false));
  std::string pattern = in_plain_letters(settings.text(step + ".pattern.Regex"));
  if (!is_known_pattern(pattern)) {
    refuse(settings.file(), "{} splits by a pattern that is not supported: {}", step,
           in_quotes(pattern));
  }
  return pattern;
}

/// What a step of byte-level vocabularies splits by; empty: nothing.
std::string pattern_of(const JsonSettings& settings, const std::string& step) {
  const std::string type = settings.text(step + ".type");
  if (type == "Split") return split_pattern(settings, step);
  if (type == "Digits") {
    const bool is_each = settings.truth(step + ".individual_digits").value_or(false);
    return is_each ? R"(\p{N})" : R"(\p{N}+)";
  }
  if (type == "ByteLevel") {
    require(settings, step, "add_prefix_space",
            !settings.truth(step + ".add_prefix_space").value_or(true));
    const bool splits = settings.truth(step + ".use_regex").value_or(true);
    return splits ? std::string(pattern_in_bytes()) : std::string();
  }
  refuse_step(settings, step, "Split, Digits and ByteLevel");
}

bool is_byte_level(const JsonSettings& settings, const std::vector<std::string>& steps) {
  return !steps.empty() && settings.text(steps.back() + ".type") == "ByteLevel";
}

void read_byte_level(const JsonSettings& settings,
                     const std::vector<std::string>& steps,
                     Vocabulary& vocabulary) {
  vocabulary.kind = VocabularyKind::ByteBpe;
  std::vector<std::string> patterns;
  for (const std::string& step : steps) {
    std::string pattern = pattern_of(settings, step);
    if (!pattern.empty()) patterns.push_back(std::move(pattern));
  }
  const SplitRule* rule = find_split_rule(patterns);
  if (rule == nullptr) {
    refuse(settings.file(),
           "pre_tokenizer splits by {} patterns in an order that no known rule "
           "has",
           patterns.size());
  }
  vocabulary.pre_split = rule->name;
  for (const std::string& step : settings.steps("normalizer", "normalizers")) {
    if (settings.text(step + ".type") != "NFC") refuse_step(settings, step, "NFC");
    vocabulary.normalizes_nfc = true;
  }
  for (const std::string& step : settings.steps("decoder", "decoders")) {
    if (settings.text(step + ".type") != "ByteLevel") refuse_step(settings, step, "ByteLevel");
  }
}

/// Spaces are U+2581, and the first stands before the text: Llama 2 and its like.
void read_marked_spaces(const JsonSettings& settings, Vocabulary& vocabulary) {
  vocabulary.kind = VocabularyKind::SentencePiece;
  bool marks_spaces = false;
  for (const std::string& step : settings.steps("normalizer", "normalizers")) {
    const std::string type = settings.text(step + ".type");
    if (type == "Prepend") {
      require(settings, step, "prepend", settings.text(step + ".prepend") == kSpaceMark);
      vocabulary.adds_space_prefix = true;
    } else if (type == "Replace") {
      require(settings, step, "pattern", settings.text(step + ".pattern.String") == " ");
      require(settings, step, "content", settings.text(step + ".content") == kSpaceMark);
      marks_spaces = true;
    } else {
      refuse_step(settings, step, "Prepend and Replace");
    }
  }
  if (!marks_spaces || !settings.truth("model.byte_fallback").value_or(false)) {
    refuse(settings.file(),
           "is neither a BPE in bytes (ByteLevel) nor one in characters with "
           "marked spaces and byte_fallback");
  }
}

/// `post_processor` itself, or the one of a sequence that has a template.
std::string template_step(const JsonSettings& settings) {
  for (const std::string& step : settings.steps("post_processor", "processors")) {
    const std::string type = settings.text(step + ".type");
    if (type == "TemplateProcessing") return step + ".single";
    if (type != "ByteLevel") refuse_step(settings, step, "TemplateProcessing and ByteLevel");
  }
  return {};
}

}  // namespace

void read_text_steps(const JsonSettings& settings, Vocabulary& vocabulary) {
  const auto steps = settings.steps("pre_tokenizer", "pretokenizers");
  if (is_byte_level(settings, steps)) {
    read_byte_level(settings, steps, vocabulary);
    return;
  }
  if (!steps.empty()) refuse_step(settings, steps.back(), "ByteLevel, and none at all");
  read_marked_spaces(settings, vocabulary);
}

void read_bos_template(const JsonSettings& settings, Vocabulary& vocabulary) {
  const std::string single = template_step(settings);
  if (single.empty()) return;
  const std::string first = settings.text(single + ".0.SpecialToken.id");
  const std::string text =
      settings.text(single + (first.empty() ? ".0" : ".1") + ".Sequence.id");
  const bool has_more = settings.has_under(single + (first.empty() ? ".1" : ".2"));
  if (text.empty() || has_more) {
    refuse(settings.file(), "{} adds more than one token before a text", in_quotes(single));
  }
  if (first.empty()) return;
  const auto found = std::ranges::find(vocabulary.pieces, first);
  if (found == vocabulary.pieces.end()) {
    refuse(settings.file(), "{} adds {}, which is no token", in_quotes(single),
           in_quotes(first));
  }
  vocabulary.bos = static_cast<int32_t>(found - vocabulary.pieces.begin());
  vocabulary.adds_bos = true;
}

}  // namespace suan::engine
