#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/tokenizer/byte_alphabet.h"
#include "engine/tokenizer/pieces.h"
#include "engine/weights/manifest.h"

namespace suan::engine::testing {

/// Token N is byte N; then what each merge makes, in order. Merges are written in bytes.
inline Vocabulary byte_vocabulary(
    const std::vector<std::pair<std::string, std::string>>& merges = {},
    const std::string& rule = "gpt-2") {
  Vocabulary vocabulary;
  vocabulary.kind = VocabularyKind::ByteBpe;
  vocabulary.pre_split = rule;
  vocabulary.adds_space_prefix = false;
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.pieces.push_back(in_byte_alphabet(std::string(1, static_cast<char>(byte))));
  }
  for (const auto& [left, right] : merges) {
    vocabulary.merges.push_back(in_byte_alphabet(left) + ' ' + in_byte_alphabet(right));
    vocabulary.pieces.push_back(in_byte_alphabet(left + right));
  }
  vocabulary.types.assign(vocabulary.pieces.size(), kNormalPiece);
  return vocabulary;
}

/// Adds a piece and returns its token.
inline int32_t add_piece(Vocabulary& vocabulary, const std::string& text, uint8_t type) {
  vocabulary.pieces.push_back(text);
  vocabulary.types.push_back(type);
  if (vocabulary.kind == VocabularyKind::SentencePiece) vocabulary.scores.push_back(0);
  return static_cast<int32_t>(vocabulary.pieces.size() - 1);
}

/// `count` draws from `parts`, one after another.
inline std::string random_text(std::mt19937& random,
                               const std::vector<std::string>& parts,
                               size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += parts[random() % parts.size()];
  return text;
}

inline std::string random_bytes(std::mt19937& random, size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i)
    bytes += static_cast<char>(random() & 0xFFU);
  return bytes;
}

/// Words, spaces, scripts and bytes that rules treat in different ways.
inline const std::vector<std::string> kManyKinds = {
    "a",  "B",  "the",    " the",   "'s",     "'LL",     "1",        "23",      " ",
    "  ", "\n", "\r",     "\t",     "!",      "...",     "<|",       "|>",      "算",
    "网", "か", "한",     "Ü",      "и",      "e\u0301", "\u00A0",   "\u3000",  "🦙",
    "½",  "۱",  "\u200B", "\u180E", "\u0085", "\xFF",    "\xE7\xAE", "\xC0\xAF"};

}  // namespace suan::engine::testing
