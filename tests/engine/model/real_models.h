#pragma once

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "engine/weights/model_file.h"

namespace suan::engine {

inline std::string models_folder() {
  return SUAN_SOURCE_DIR "/models";
}

inline std::string test_models_folder() {
  return SUAN_SOURCE_DIR "/tests/data/models";
}

/// The bundled mixture-of-experts model.
inline std::shared_ptr<const ModelFile> stories_moe() {
  return open_model(models_folder() + "/stories-moe", {});
}

/// The dense llama2.c checkpoint.
inline std::shared_ptr<const ModelFile> stories260k() {
  return open_model(test_models_folder() + "/stories260K/stories260K.bin", {});
}

inline std::string text_of_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace suan::engine
