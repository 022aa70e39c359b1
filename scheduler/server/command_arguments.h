#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/result.h"

namespace suan::scheduler {

/// The JSON object of a command, read field by field; the first mistake is kept as `error`.
///
/// Fields that nobody asked for are a mistake too, as in every other place where people write.
class Arguments {
 public:
  explicit Arguments(std::string_view json);
  ~Arguments();
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  /// A required text of 1 to 200 bytes.
  [[nodiscard]] std::string text(std::string_view name);
  [[nodiscard]] std::string optional_text(std::string_view name);
  [[nodiscard]] std::optional<int64_t> integer(std::string_view name, int64_t min, int64_t max);
  [[nodiscard]] bool flag(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  /// A required object (as JSON text), or a text of its own.
  [[nodiscard]] std::string object_or_text(std::string_view name);

  /// Nothing: all is well. Ask last.
  [[nodiscard]] std::optional<Error> error() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::scheduler
