#pragma once

#include <string>
#include <vector>

#include "engine/weights/model_file.h"
#include "engine/weights/reader.h"

namespace suan::engine {

inline std::span<const unsigned char> as_bytes(const std::string& text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

/// Reads one GGUF file that lies in memory.
inline Manifest read_gguf(const std::string& bytes) {
  return read_manifest(ModelFormat::Gguf, {{"model.gguf", as_bytes(bytes)}});
}

/// The sentence that refuses these bytes; "accepted" if nothing does.
inline std::string refusal_of_gguf(const std::string& bytes) {
  try {
    static_cast<void>(read_gguf(bytes));
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

}  // namespace suan::engine
