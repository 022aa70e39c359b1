#include <cstring>

#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/split_rules.h"
#include "engine/weights/json_text.h"
#include "engine/weights/tiny_folder.h"

namespace suan::engine {
namespace {

std::string split(std::string_view expression) {
  return JsonObject()
      .text("type", "Split")
      .raw("pattern", JsonObject().text("Regex", expression).str())
      .text("behavior", "Isolated")
      .truth("invert", false)
      .str();
}

constexpr const char* kByteLevel =
    R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false})";

/// The patterns by which the family's own files split a text: by them readers know the rule.
std::string pre_tokenizer(const Vocabulary& vocabulary) {
  std::string steps;
  for (const SplitPattern& pattern : find_split_rule(vocabulary.pre_split)->patterns)
    steps += split(pattern.source) + ", ";
  return JsonObject()
      .text("type", "Sequence")
      .raw("pretokenizers", fmt::format("[{}{}]", steps, kByteLevel))
      .str();
}

std::string added_tokens(const Vocabulary& vocabulary) {
  std::string list;
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (vocabulary.types[id] != kControlPiece) continue;
    list += list.empty() ? "" : ",\n";
    list += JsonObject()
                .number("id", id)
                .text("content", vocabulary.pieces[id])
                .truth("single_word", false)
                .truth("lstrip", false)
                .truth("rstrip", false)
                .truth("normalized", false)
                .truth("special", true)
                .str();
  }
  return '[' + list + ']';
}

std::string bpe(const Vocabulary& vocabulary) {
  JsonObject ids;
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (vocabulary.types[id] == kNormalPiece) ids.number(vocabulary.pieces[id], id);
  }
  std::string merges;
  for (const std::string& merge : vocabulary.merges) {
    merges += merges.empty() ? "" : ", ";
    merges += json_string(merge);
  }
  return JsonObject()
      .text("type", "BPE")
      .raw("dropout", "null")
      .raw("unk_token", "null")
      .raw("continuing_subword_prefix", "null")
      .raw("end_of_word_suffix", "null")
      .truth("fuse_unk", false)
      .truth("byte_fallback", false)
      .raw("vocab", ids.str())
      .raw("merges", '[' + merges + ']')
      .str();
}

template <typename Number>
void append(std::string& bytes, Number value) {
  bytes.resize(bytes.size() + sizeof value);
  std::memcpy(bytes.data() + bytes.size() - sizeof value, &value, sizeof value);
}

}  // namespace

std::string tiny_tokenizer_json(const Manifest& manifest) {
  const Vocabulary& vocabulary = manifest.vocabulary;
  return JsonObject()
             .text("version", "1.0")
             .raw("truncation", "null")
             .raw("padding", "null")
             .raw("added_tokens", added_tokens(vocabulary))
             .raw("normalizer", "null")
             .raw("pre_tokenizer", pre_tokenizer(vocabulary))
             .raw("post_processor", "null")
             .raw("decoder", R"({"type": "ByteLevel", "add_prefix_space": true,)"
                             R"( "trim_offsets": true, "use_regex": true})")
             .raw("model", bpe(vocabulary))
             .str() +
         '\n';
}

std::string tiny_tokenizer_config_json(const Manifest& manifest) {
  const Vocabulary& vocabulary = manifest.vocabulary;
  JsonObject config;
  config.truth("add_bos_token", vocabulary.adds_bos)
      .truth("add_eos_token", false)
      .text("eos_token", vocabulary.pieces[static_cast<size_t>(vocabulary.ends.back())])
      .text("chat_template", manifest.chat_template);
  if (vocabulary.bos >= 0) {
    config.text("bos_token", vocabulary.pieces[static_cast<size_t>(vocabulary.bos)]);
  }
  return config.str() + '\n';
}

std::string tiny_tok512(const Vocabulary& vocabulary) {
  std::string bytes;
  size_t longest = 0;
  for (const std::string& piece : vocabulary.pieces)
    longest = std::max(longest, piece.size());
  append(bytes, static_cast<int32_t>(longest));
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    const std::string piece = with_plain_spaces(vocabulary.pieces[id]);
    append(bytes, vocabulary.scores[id]);
    append(bytes, static_cast<int32_t>(piece.size()));
    bytes += piece;
  }
  return bytes;
}

}  // namespace suan::engine
