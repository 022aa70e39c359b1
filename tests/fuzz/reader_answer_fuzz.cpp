// What a reader process that a hostile file has taken over may answer: a checked manifest comes
// out, or a ModelError.
#include <cstdint>

#include "engine/weights/checks.h"
#include "engine/weights/manifest_codec.h"
#include "engine/weights/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan::engine;  // NOLINT(google-build-using-namespace)
  try {
    const ReaderAnswer answer = decode_answer({data, size});
    check_manifest(answer.manifest, {{"fuzz.gguf", 8192}});
  } catch (const ModelError&) {
    return 0;
  }
  return 0;
}
