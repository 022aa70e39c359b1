// tokenizer.json and tokenizer_config.json, a NUL between: a tokenizer that keeps its promises comes
// out, or a ModelError.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/checks.h"
#include "engine/weights/model_file.h"
#include "engine/weights/tokenizer_json.h"

namespace {

using namespace suan::engine;  // NOLINT(google-build-using-namespace)

void require(bool is_fine) {
  if (!is_fine) std::abort();
}

void use(const Vocabulary& vocabulary) {
  const auto tokenizer = make_tokenizer(vocabulary);
  for (const std::string_view text :
       {"Once upon a time, 12345\n\n", " \xE7\xAE\x97\xE7\xBD\x91 <s>", "\xFF\xC0 x"}) {
    const auto tokens = tokenizer->encode(text, true);
    for (const int32_t token : tokens)
      require(token >= 0 && static_cast<uint32_t>(token) < tokenizer->size());
    StreamingDecoder decoder(*tokenizer);
    for (const int32_t token : tokens)
      (void)decoder.push(token);
    (void)decoder.finish();
    (void)tokenizer->decode(tokens);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t cut = std::min(all.find('\0'), all.size());
  const size_t rest = std::min(cut + 1, all.size());
  try {
    Vocabulary vocabulary = read_tokenizer_json({"tokenizer.json", {data, cut}});
    if (rest < size) {
      (void)read_tokenizer_config({"tokenizer_config.json", {data + rest, size - rest}},
                                  vocabulary);
    }
    Manifest manifest;
    manifest.hyper.vocabulary = static_cast<uint32_t>(vocabulary.pieces.size());
    manifest.vocabulary = vocabulary;
    check_vocabulary("tokenizer.json", manifest);
    use(vocabulary);
  } catch (const ModelError&) {
    return 0;
  }
  return 0;
}
