#pragma once

#include <string>
#include <unordered_map>

#include "engine/weights/reader.h"

namespace suan::engine {

/// `model.safetensors.index.json`: which file holds which tensor.
///
/// A tensor that is in another file, in none, or not in the index is refused, so that a folder
/// with files of two models, or with one missing, does not pass for a model.
class HfIndex {
 public:
  /// Errors: ModelError
  explicit HfIndex(const SourceFile& file);

  /// Marks a tensor as found in `file`. Errors: ModelError
  void find(const std::string& tensor, const std::string& file);

  /// Errors: ModelError when not all have been found
  void finish() const;

 private:
  struct Place {
    std::string file;
    bool is_found = false;
  };

  std::string file_;
  std::unordered_map<std::string, Place> places_;
};

}  // namespace suan::engine
