// A folder of Hugging Face's layout: config.json, the index, and the header of its safetensors file,
// NULs between; the file's data are as many zeros as the header calls for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/model_file.h"
#include "engine/weights/reader.h"
#include "engine/weights/safetensors.h"

namespace {

using namespace suan::engine;  // NOLINT(google-build-using-namespace)

constexpr size_t kDataMax = 1 << 20;

std::string_view take_part(std::string_view& all) {
  const size_t cut = std::min(all.find('\0'), all.size());
  const std::string_view part = all.substr(0, cut);
  all.remove_prefix(std::min(cut + 1, all.size()));
  return part;
}

SourceFile file(const char* name, std::string_view bytes) {
  return {name, {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}};
}

/// A file with that header; its data end where the last number in the header says.
std::string weights(std::string_view header) {
  const uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  bytes += header;
  size_t data = 0;
  for (size_t at = header.rfind(']'); at != std::string_view::npos && at > 0; --at) {
    if (header[at - 1] < '0' || header[at - 1] > '9') {
      data = std::strtoull(std::string(header.substr(at, 12)).c_str(), nullptr, 10);
      break;
    }
  }
  return bytes + std::string(std::min(data, kDataMax), '\0');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::string_view config = take_part(all);
  const std::string_view index = take_part(all);
  const std::string tensors = weights(all);
  std::vector<SourceFile> files = {file("config.json", config)};
  if (!index.empty()) files.push_back(file("model.safetensors.index.json", index));
  files.push_back(file("model.safetensors", tensors));
  try {
    (void)read_manifest(ModelFormat::Folder, files);
  } catch (const ModelError&) {
    return 0;
  }
  return 0;
}
