#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/chat/template_error.h"

namespace suan::engine::jinja {

/// What a chat template may cost (`reliability.md` J8).
struct TemplateLimits {
  size_t source_bytes = 256 << 10;
  uint32_t nesting = 32;  // of blocks, and of brackets inside of one expression
  uint64_t steps = 1'000'000;
  size_t output_bytes = 4 << 20;  // of any text that it makes, too
};

/// Counts what one rendering does. Whatever grows with its input is charged for it, so that the
/// limit of steps bounds time and memory.
class TemplateBudget {
 public:
  explicit TemplateBudget(const TemplateLimits& limits) : limits_(limits) {}

  void charge(uint64_t steps = 1) {
    used_ += steps;
    if (used_ > limits_.steps) {
      fail_template("the chat template takes more than {} steps", limits_.steps);
    }
  }

  /// For a text of so many bytes that is about to be made or read.
  void charge_bytes(size_t bytes) {
    if (bytes > limits_.output_bytes) {
      fail_template("the chat template makes a text of more than {} bytes",
                    limits_.output_bytes);
    }
    charge(1 + bytes / kBytesPerStep);
  }

  [[nodiscard]] const TemplateLimits& limits() const { return limits_; }

 private:
  static constexpr size_t kBytesPerStep = 128;

  TemplateLimits limits_;
  uint64_t used_ = 0;
};

}  // namespace suan::engine::jinja
