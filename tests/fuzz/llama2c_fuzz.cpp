// llama2.c checkpoints and vocabularies; the first byte says where the vocabulary begins.
#include <cstdint>

#include "engine/weights/llama2c.h"
#include "engine/weights/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan::engine;  // NOLINT(google-build-using-namespace)
  if (size == 0) return 0;
  const std::span<const unsigned char> bytes(data + 1, size - 1);
  const size_t cut = bytes.size() * data[0] / 256;
  try {
    (void)read_llama2c_vocabulary({"tok512.bin", bytes.subspan(cut)}, 5);
    (void)read_manifest(ModelFormat::Llama2c,
                        {{"fuzz.bin", bytes.first(cut)}, {"tok512.bin", bytes.subspan(cut)}});
  } catch (const ModelError&) {
    return 0;
  }
  return 0;
}
