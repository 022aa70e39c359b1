#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/json_walk.h"

namespace suan::engine {

/// The scalars of a small JSON document by their paths: `pre_tokenizer.pretokenizers.0.type`.
class JsonSettings {
 public:
  explicit JsonSettings(std::string_view file) : file_(file) {}

  /// Errors: ModelError when there are too many
  void add(std::span<const JsonStep> path, const JsonScalar& value);

  /// Empty when absent or null.
  ///
  /// Errors: ModelError when it is no text
  [[nodiscard]] std::string text(const std::string& path) const;
  [[nodiscard]] std::optional<bool> truth(const std::string& path) const;
  [[nodiscard]] bool has(const std::string& path) const;
  /// Whether anything stands at `path` or below it.
  [[nodiscard]] bool has_under(const std::string& path) const;

  /// The paths of a component, or of what a `Sequence` holds in `list`, however nested.
  ///
  /// Errors: ModelError for sequences in sequences beyond a limit
  [[nodiscard]] std::vector<std::string> steps(const std::string& path,
                                               const std::string& list) const;

  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  void add_steps(const std::string& path,
                 const std::string& list,
                 uint32_t depth,
                 std::vector<std::string>& steps) const;

  std::string file_;
  std::map<std::string, JsonScalar> values_;
};

}  // namespace suan::engine
