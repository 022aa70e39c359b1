#include "engine/tokenizer/byte_bpe.h"

#include <optional>

#include <fmt/format.h>

#include "engine/tokenizer/byte_alphabet.h"
#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/unicode.h"
#include "engine/tokenizer/word_merger.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Longer pieces are found by merging alone: a hostile vocabulary could make the search for words
/// take minutes.
constexpr size_t kWordBytesMax = 128;

const SplitRule& rule_of(const Vocabulary& vocabulary) {
  const SplitRule* rule = find_split_rule(vocabulary.pre_split);
  if (rule != nullptr) return *rule;
  if (vocabulary.pre_split.empty()) {
    throw ModelError("the vocabulary is a byte-level BPE, but names no splitting rule");
  }
  throw ModelError(fmt::format(
      "the splitting rule {} of the vocabulary is not supported; gpt-2, qwen2, llama-bpe, "
      "deepseek-v3, deepseek-coder, deepseek-llm and their other names are",
      in_quotes(vocabulary.pre_split)));
}

}  // namespace

ByteBpe::ByteBpe(const Vocabulary& vocabulary)
    : VocabularyTokenizer(vocabulary),
      splitter_(rule_of(vocabulary)),
      merges_(read_merges(vocabulary)),
      words_(vocabulary.pieces.size()) {
  read_pieces();
  forget_merges();
  find_words();
}

void ByteBpe::read_pieces() {
  byte_tokens_.fill(-1);
  bytes_.reserve(size());
  for (size_t id = 0; id < size(); ++id) {
    const std::string& piece = vocabulary().pieces[id];
    const bool is_normal = vocabulary().types[id] == kNormalPiece;
    std::optional<std::string> bytes;
    if (is_normal) bytes = from_byte_alphabet(piece);
    if (bytes && bytes->size() == 1) {
      byte_tokens_[static_cast<unsigned char>(bytes->front())] = static_cast<int32_t>(id);
    }
    bytes_.push_back(std::move(bytes).value_or(piece));
  }
}

/// A piece that merging makes from its own bytes is what every word of these bytes becomes, so
/// most words need one look-up instead of merging.
void ByteBpe::find_words() {
  WordMerger merger(merges_);
  std::vector<int32_t> symbols;
  for (size_t id = 0; id < size(); ++id) {
    const std::string& bytes = bytes_[id];
    if (vocabulary().types[id] != kNormalPiece || bytes.size() > kWordBytesMax) continue;
    const auto token = static_cast<int32_t>(id);
    if (!vocabulary().ignores_merges) {
      symbols.clear();
      append_bytes(bytes, symbols);
      merger.merge(symbols);
      if (symbols != std::vector{token}) continue;
    }
    words_.add(bytes, token);
  }
}

void ByteBpe::append_text(std::string_view text, std::vector<int32_t>& tokens) const {
  std::string normal;
  if (vocabulary().normalizes_nfc) {
    normal = in_form_c(text);
    text = normal;
  }
  WordMerger merger(merges_);
  std::vector<int32_t> symbols;
  for (const std::string_view word : splitter_.split(text)) {
    if (const int32_t token = words_.find(word); token >= 0) {
      tokens.push_back(token);
      continue;
    }
    symbols.clear();
    append_bytes(word, symbols);
    merger.merge(symbols);
    tokens.insert(tokens.end(), symbols.begin(), symbols.end());
  }
}

void ByteBpe::append_bytes(std::string_view bytes, std::vector<int32_t>& symbols) const {
  for (const char byte : bytes) {
    const int32_t token = byte_tokens_[static_cast<unsigned char>(byte)];
    if (token >= 0) {
      symbols.push_back(token);
      continue;
    }
    for (const char replacement : kReplacement) {
      const int32_t other = byte_tokens_[static_cast<unsigned char>(replacement)];
      if (other >= 0) symbols.push_back(other);
    }
  }
}

std::string ByteBpe::text_of(int32_t token, bool /*begins_text*/) const {
  return bytes_[static_cast<size_t>(token)];
}

}  // namespace suan::engine
