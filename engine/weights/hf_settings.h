#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/json_walk.h"
#include "engine/weights/reader.h"

namespace suan::engine {

/// The scalars of a Hugging Face configuration by their paths: `rope_scaling.factor`,
/// `architectures.0`. A null counts as absent.
///
/// The getters refuse a value of another kind; those that end in `_or` take absence.
class HfSettings {
 public:
  /// Errors: ModelError
  explicit HfSettings(const SourceFile& file);

  [[nodiscard]] uint32_t whole(const std::string& path) const;
  [[nodiscard]] uint32_t whole_or(const std::string& path, uint32_t otherwise) const;
  [[nodiscard]] float real(const std::string& path) const;
  [[nodiscard]] float real_or(const std::string& path, float otherwise) const;
  [[nodiscard]] bool truth(const std::string& path) const;
  [[nodiscard]] bool truth_or(const std::string& path, bool otherwise) const;
  [[nodiscard]] std::string text(const std::string& path) const;
  [[nodiscard]] std::string text_or(const std::string& path, std::string_view otherwise) const;

  /// One number, or a list of them; empty when absent.
  [[nodiscard]] std::vector<uint32_t> wholes(const std::string& path) const;

  [[nodiscard]] bool has(const std::string& path) const { return found(path) != nullptr; }

  /// Whether anything but null stands at `path` or below it.
  [[nodiscard]] bool has_under(const std::string& path) const;

  /// Refuses a setting that means another computation than ours.
  void require(const std::string& path, std::string_view expected) const;
  void require_absent_or(const std::string& path, bool expected) const;

  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  [[nodiscard]] const JsonScalar* found(const std::string& path) const;
  [[nodiscard]] const JsonScalar& field(const std::string& path) const;

  std::string file_;
  std::map<std::string, JsonScalar> values_;
};

}  // namespace suan::engine
