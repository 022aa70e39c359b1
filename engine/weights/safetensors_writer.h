#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/weights/manifest.h"

namespace suan::engine {

/// One tensor of a safetensors file; its shape is outermost first, as the format has it.
struct SafeTensor {
  std::string name;
  TensorType type{};
  std::vector<uint64_t> shape;
  std::vector<unsigned char> bytes;
};

/// Writes one file that holds the tensors in this order.
///
/// Requires: types that safetensors has; as many bytes as type and shape give
/// Errors:   ModelError when the file cannot be written
/// Source:   huggingface/safetensors README, "Format"
void write_safetensors(const std::filesystem::path& path,
                       const std::vector<SafeTensor>& tensors);

}  // namespace suan::engine
