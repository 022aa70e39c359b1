#pragma once

#include <ostream>
#include <string>
#include <utility>

#include <fmt/core.h>
#include <tl/expected.hpp>

#include "catalog/types/error_code.h"

namespace suan {

/// An expected failure: what the caller should do, and why, in a sentence with the numbers.
struct Error {
  ErrorCode code{};
  std::string message;
  /// Name of the offending field, as in OpenAI's `error.param`; empty when none is to blame.
  std::string param{};

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::NoCapacity, "replica {} is full", id);`
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code,
                                         fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::unexpected<Error>(
      Error{code, fmt::format(format, std::forward<Args>(args)...), {}});
}

/// As `fail`, and names the field that is to blame.
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail_param(ErrorCode code,
                                               std::string param,
                                               fmt::format_string<Args...> format,
                                               Args&&... args) {
  return tl::unexpected<Error>(
      Error{code, fmt::format(format, std::forward<Args>(args)...), std::move(param)});
}

/// Passes an error on from a function whose value has another type.
[[nodiscard]] inline tl::unexpected<Error> forward(const Error& error) {
  return tl::unexpected<Error>(error);
}

inline std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << to_string(error.code) << ": " << error.message;
}

}  // namespace suan
