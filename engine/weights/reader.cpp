#include "engine/weights/reader.h"

#include <array>

#include "engine/weights/checks.h"
#include "engine/weights/gguf_model.h"
#include "engine/weights/hf_config.h"
#include "engine/weights/llama2c.h"
#include "engine/weights/refuse.h"
#include "engine/weights/tokenizer_json.h"

namespace suan::engine {
namespace {

/// A new format is one line here.
struct Reader {
  ModelFormat format;
  const char* name;
  Manifest (*read)(const std::vector<SourceFile>& files);
};

constexpr std::array kReaders = {
    Reader{ModelFormat::Gguf, "gguf", read_gguf_model},
    Reader{ModelFormat::Folder, "folder", read_hf_folder},
    Reader{ModelFormat::Llama2c, "llama2c", read_llama2c},
    Reader{ModelFormat::Tokenizer, "tokenizer", read_tokenizer_alone},
};

/// The type of most weights, by bytes.
std::string commonest_type(const Manifest& manifest) {
  std::array<uint64_t, kBlockTypes.size()> bytes{};
  for (const TensorEntry& tensor : manifest.tensors) {
    bytes[static_cast<size_t>(tensor.type)] += tensor.bytes;
  }
  size_t best = 0;
  for (size_t type = 1; type < bytes.size(); ++type) {
    if (bytes[type] > bytes[best]) best = type;
  }
  return name_of(static_cast<TensorType>(best));
}

}  // namespace

Manifest read_manifest(ModelFormat format, const std::vector<SourceFile>& files) {
  for (const Reader& reader : kReaders) {
    if (reader.format != format) continue;
    Manifest manifest = reader.read(files);
    sort_tensors(manifest);
    std::vector<FileLength> lengths;
    for (const SourceFile& file : files)
      lengths.push_back({file.name, file.bytes.size()});
    check_manifest(manifest, lengths);
    manifest.quantization = commonest_type(manifest);
    return manifest;
  }
  throw ModelError("the format of the model has no reader");
}

const char* name_of(ModelFormat format) {
  for (const Reader& reader : kReaders) {
    if (reader.format == format) return reader.name;
  }
  return "?";
}

std::optional<ModelFormat> model_format(std::string_view name) {
  for (const Reader& reader : kReaders) {
    if (name == reader.name) return reader.format;
  }
  return std::nullopt;
}

}  // namespace suan::engine
