#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/manifest.h"

namespace suan::engine {

enum class ModelFormat : uint8_t { Gguf, Folder, Llama2c, Tokenizer };

[[nodiscard]] const char* name_of(ModelFormat format);
[[nodiscard]] std::optional<ModelFormat> model_format(std::string_view name);

/// One file of a model, as it lies in memory.
struct SourceFile {
  std::string name;  // without its folder
  std::span<const unsigned char> bytes;
};

/// Reads and checks a model's files (M1 to M7). The first file is the one that names the model:
/// the GGUF file, `config.json`, the llama2.c checkpoint, or `tokenizer.json` without a model.
///
/// Errors:   ModelError
[[nodiscard]] Manifest read_manifest(ModelFormat format, const std::vector<SourceFile>& files);

}  // namespace suan::engine
