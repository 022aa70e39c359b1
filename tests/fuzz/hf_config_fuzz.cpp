// config.json and the index: whatever they say becomes hyper-parameters or a ModelError.
#include <cstdint>

#include "engine/weights/hf_hyper.h"
#include "engine/weights/hf_index.h"
#include "engine/weights/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace suan::engine;  // NOLINT(google-build-using-namespace)
  const SourceFile file{"fuzz.json", {data, size}};
  try {
    (void)read_hf_hyper(HfSettings(file));
  } catch (const ModelError&) {
  }
  try {
    HfIndex index(file);
    index.find("lm_head.weight", "model.safetensors");
    index.finish();
  } catch (const ModelError&) {
  }
  return 0;
}
