// safetensors headers: accepted tensors fill the data exactly, everything else is a ModelError.
#include <cstdint>
#include <cstdlib>

#include "engine/weights/hf_names.h"
#include "engine/weights/model_file.h"
#include "engine/weights/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan::engine;  // NOLINT(google-build-using-namespace)
  try {
    const auto entries = read_safetensors({"fuzz.safetensors", {data, size}}, 0);
    uint64_t end = entries.empty() ? size : entries.front().offset;
    for (const TensorEntry& entry : entries) {
      (void)gguf_name(entry.name);
      if (entry.offset != end) std::abort();
      end += entry.bytes;
    }
    if (end != size) std::abort();
  } catch (const ModelError&) {
    return 0;
  }
  return 0;
}
