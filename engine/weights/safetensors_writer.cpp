#include "engine/weights/safetensors_writer.h"

#include <cassert>
#include <cstring>

#include <fmt/ranges.h>

#include "engine/weights/json_text.h"
#include "engine/weights/output_file.h"

namespace suan::engine {
namespace {

constexpr uint64_t kAlignment = 8;

std::string header_of(const std::vector<SafeTensor>& tensors) {
  JsonObject header;
  header.raw("__metadata__", JsonObject().text("format", "pt").str());
  uint64_t offset = 0;
  for (const SafeTensor& tensor : tensors) {
    const char* dtype = block_type(tensor.type).safetensors;
    assert(*dtype != '\0');
    const uint64_t end = offset + tensor.bytes.size();
    header.raw(tensor.name,
               JsonObject()
                   .text("dtype", dtype)
                   .raw("shape", fmt::format("[{}]", fmt::join(tensor.shape, ", ")))
                   .raw("data_offsets", fmt::format("[{}, {}]", offset, end))
                   .str());
    offset = end;
  }
  std::string text = header.str();
  while ((sizeof(uint64_t) + text.size()) % kAlignment != 0)
    text += ' ';
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path,
                       const std::vector<SafeTensor>& tensors) {
  OutputFile file(path);
  const std::string header = header_of(tensors);
  const uint64_t length = header.size();
  std::string length_bytes(sizeof length, '\0');
  std::memcpy(length_bytes.data(), &length, sizeof length);
  file.write(length_bytes);
  file.write(header);
  for (const SafeTensor& tensor : tensors)
    file.write(tensor.bytes);
  file.finish();
}

}  // namespace suan::engine
