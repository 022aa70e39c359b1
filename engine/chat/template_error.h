#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "engine/weights/model_file.h"

namespace suan::engine::jinja {

/// Rendering one request failed; the sentence is for the one who asked.
class TemplateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws ModelError: the template cannot be compiled.
template <typename... Args>
[[noreturn]] void refuse_template(uint32_t line,
                                  fmt::format_string<Args...> sentence,
                                  Args&&... args) {
  throw ModelError(fmt::format("chat template, line {}: {}", line,
                               fmt::format(sentence, std::forward<Args>(args)...)));
}

/// Throws TemplateError: the template cannot be rendered with what it was given.
template <typename... Args>
[[noreturn]] void fail_template(fmt::format_string<Args...> sentence, Args&&... args) {
  throw TemplateError(fmt::format(sentence, std::forward<Args>(args)...));
}

}  // namespace suan::engine::jinja
