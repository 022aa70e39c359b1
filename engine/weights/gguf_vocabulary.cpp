#include "engine/weights/gguf_vocabulary.h"

#include <algorithm>
#include <array>

#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/split_rules.h"
#include "engine/weights/refuse.h"
#include "engine/weights/token_roles.h"

namespace suan::engine {
namespace {

VocabularyKind kind_of(const GgufFile& file) {
  const std::string_view model = file.text("tokenizer.ggml.model").value_or("");
  if (model == "llama") return VocabularyKind::SentencePiece;
  if (model == "gpt2") return VocabularyKind::ByteBpe;
  refuse(file.name(), "tokenizer.ggml.model is {}; llama and gpt2 are supported",
         in_quotes(model));
}

template <typename Element>
void require_length(const GgufFile& file,
                    const char* key,
                    const std::vector<Element>& values,
                    size_t pieces) {
  if (values.size() == pieces) return;
  refuse(file.name(), "{} has {} elements, but there are {} tokens", key, values.size(),
         pieces);
}

void read_types(const GgufFile& file, Vocabulary& vocabulary) {
  const auto types = file.wholes("tokenizer.ggml.token_type");
  if (types.empty()) {
    for (const std::string& piece : vocabulary.pieces) {
      vocabulary.types.push_back(type_of_piece(piece));
    }
    return;
  }
  require_length(file, "tokenizer.ggml.token_type", types, vocabulary.pieces.size());
  for (const int32_t type : types) {
    if (type < kNormalPiece || type > kBytePiece) {
      refuse(file.name(), "tokenizer.ggml.token_type holds {}, allowed is {} to {}", type,
             kNormalPiece, kBytePiece);
    }
    vocabulary.types.push_back(static_cast<uint8_t>(type));
  }
}

void read_ends(const GgufFile& file, Vocabulary& vocabulary) {
  constexpr std::array kKeys = {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id",
                                "tokenizer.ggml.eom_token_id"};
  for (const char* key : kKeys) {
    const auto id = file.whole(key);
    if (!id) continue;
    if (*id >= vocabulary.pieces.size()) {
      refuse(file.name(), "{} is {}, but there are {} tokens", key, *id,
             vocabulary.pieces.size());
    }
    const auto end = static_cast<int32_t>(*id);
    if (std::ranges::find(vocabulary.ends, end) == vocabulary.ends.end()) {
      vocabulary.ends.push_back(end);
    }
  }
}

void read_begin(const GgufFile& file, Vocabulary& vocabulary) {
  const auto id = file.whole("tokenizer.ggml.bos_token_id");
  if (id && *id >= vocabulary.pieces.size()) {
    refuse(file.name(), "tokenizer.ggml.bos_token_id is {}, but there are {} tokens", *id,
           vocabulary.pieces.size());
  }
  if (id) vocabulary.bos = static_cast<int32_t>(*id);
  const bool is_spm = vocabulary.kind == VocabularyKind::SentencePiece;
  // llama.cpp's defaults, which Llama 3 files rely on.
  const bool begins = is_spm || vocabulary.ignores_merges;
  vocabulary.adds_bos = file.truth("tokenizer.ggml.add_bos_token").value_or(begins);
  vocabulary.adds_space_prefix =
      is_spm && file.truth("tokenizer.ggml.add_space_prefix").value_or(true);
}

}  // namespace

Vocabulary read_gguf_vocabulary(const GgufFile& file) {
  Vocabulary vocabulary;
  const auto pieces = file.texts("tokenizer.ggml.tokens");
  if (pieces.empty()) return vocabulary;
  vocabulary.kind = kind_of(file);
  vocabulary.pieces.assign(pieces.begin(), pieces.end());
  if (vocabulary.kind == VocabularyKind::SentencePiece) {
    vocabulary.scores = file.reals("tokenizer.ggml.scores");
    require_length(file, "tokenizer.ggml.scores", vocabulary.scores, pieces.size());
  } else {
    const auto merges = file.texts("tokenizer.ggml.merges");
    vocabulary.merges.assign(merges.begin(), merges.end());
    vocabulary.pre_split = file.text("tokenizer.ggml.pre").value_or("");
    vocabulary.ignores_merges = keeps_whole_pieces(vocabulary.pre_split);
  }
  read_types(file, vocabulary);
  read_begin(file, vocabulary);
  read_ends(file, vocabulary);
  add_usual_ends(vocabulary);
  return vocabulary;
}

}  // namespace suan::engine
