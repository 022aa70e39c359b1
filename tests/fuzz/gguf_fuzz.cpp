// GGUF files: what is accepted keeps its promises, everything else is a ModelError.
#include <cstdint>
#include <cstdlib>

#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/dequantize.h"
#include "engine/weights/model_file.h"
#include "engine/weights/reader.h"

namespace {

using namespace suan::engine;  // NOLINT(google-build-using-namespace)

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

/// Every row that the manifest promises can be read.
void read_weights(const Manifest& manifest, std::span<const unsigned char> bytes) {
  for (const TensorEntry& tensor : manifest.tensors) {
    require(tensor.offset <= bytes.size() && tensor.bytes <= bytes.size() - tensor.offset);
    require(manifest.find(tensor.name) == &tensor);
    const Block block = block_of(tensor.type);
    std::vector<float> values(tensor.bytes / block.bytes * block.elements);
    dequantize(tensor.type, bytes.data() + tensor.offset, values);
  }
}

void use_vocabulary(const Vocabulary& vocabulary) {
  if (vocabulary.kind == VocabularyKind::None) return;
  const auto tokenizer = make_tokenizer(vocabulary);
  const auto tokens = tokenizer->encode("Once </s> \xE7\xAE\x97 \xFF", true);
  for (const int32_t token : tokens)
    require(token >= 0 && static_cast<uint32_t>(token) < tokenizer->size());
  (void)tokenizer->decode(tokens);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const unsigned char> bytes(data, size);
  try {
    const Manifest manifest = read_manifest(ModelFormat::Gguf, {{"fuzz.gguf", bytes}});
    read_weights(manifest, bytes);
    use_vocabulary(manifest.vocabulary);
  } catch (const ModelError&) {
    return 0;
  }
  return 0;
}
