#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

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
    uint32_t file = 0;  // its number in `names_`
    bool is_found = false;
  };

  uint32_t number_of(const std::string& file);

  std::string file_;
  std::vector<std::string> names_;                     // of files
  std::unordered_map<std::string, uint32_t> numbers_;  // of names
  std::unordered_map<std::string, Place> places_;
};

}  // namespace suan::engine
