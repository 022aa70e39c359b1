#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace suan::engine {

/// One step down from the root: an object's key, or an array's index.
struct JsonStep {
  std::string key;  // empty in an array
  uint64_t index = 0;
};

/// A value that has no values inside.
struct JsonScalar {
  enum class Kind : uint8_t { Null, Bool, Whole, Real, Text } kind{};
  bool truth = false;
  uint64_t whole = 0;  // Whole: not negative; negative numbers come as Real
  double real = 0;     // Whole and Real
  std::string text;
};

struct JsonLimits {
  uint64_t bytes = 1 << 20;
  uint32_t depth = 8;
  uint64_t values = 1 << 20;
};

using JsonVisitor =
    std::function<void(std::span<const JsonStep> path, const JsonScalar& value)>;

/// Calls `visit` for each scalar of a JSON text, in order; builds no tree.
///
/// The root is an object. Keys are unique, strings and keys are UTF-8.
/// Errors:   ModelError that names `file`
void walk_json(std::string_view file,
               std::string_view text,
               const JsonLimits& limits,
               const JsonVisitor& visit);

/// `rope_scaling.factor`, `architectures.0`
[[nodiscard]] std::string path_text(std::span<const JsonStep> path);

}  // namespace suan::engine
