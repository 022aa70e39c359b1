#include "engine/tokenizer/tokenizer.h"

#include "engine/tokenizer/byte_bpe.h"
#include "engine/tokenizer/sentencepiece.h"
#include "engine/weights/model_file.h"

namespace suan::engine {

std::string Tokenizer::decode(const std::vector<int32_t>& tokens) const {
  std::string text;
  int32_t previous = bos();  // a text begins as after BOS, whether that stands there or not
  for (const int32_t token : tokens) {
    text += piece(previous, token);
    previous = token;
  }
  return text;
}

std::unique_ptr<Tokenizer> make_tokenizer(const Vocabulary& vocabulary) {
  switch (vocabulary.kind) {
    case VocabularyKind::SentencePiece:
      return std::make_unique<SentencePiece>(vocabulary);
    case VocabularyKind::ByteBpe:
      return std::make_unique<ByteBpe>(vocabulary);
    case VocabularyKind::None:
      break;
  }
  throw ModelError("the model brings no vocabulary");
}

}  // namespace suan::engine
