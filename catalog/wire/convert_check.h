#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "catalog/types/id.h"
#include "catalog/types/result.h"
#include "catalog/types/text.h"
#include "catalog/types/time.h"

// Checks that the convert_*.cpp files share.

namespace suan {

/// Keeps the first complaint about a message; all checks run, then `error` is asked once.
class MessageCheck {
 public:
  explicit MessageCheck(const char* message) : message_(message) {}

  void require(bool is_fine, const char* field) {
    if (!is_fine && field_ == nullptr) field_ = field;
  }

  void require_name(const std::string& text, const char* field) {
    require(is_valid_name(text), field);
  }

  /// Finite and not negative.
  void require_amount(double value, const char* field) {
    require(std::isfinite(value) && value >= 0, field);
  }

  [[nodiscard]] bool is_fine() const { return field_ == nullptr; }

  [[nodiscard]] tl::unexpected<Error> error() const {
    return fail_param(ErrorCode::BadRequest, field_, "{}: {} is missing or out of range",
                      message_, field_);
  }

 private:
  const char* message_;
  const char* field_ = nullptr;
};

/// Longest duration that a message may carry.
constexpr Duration kDurationMax = 48h;

inline bool is_duration(int64_t us) {
  return us >= 0 && us <= kDurationMax.count();
}

}  // namespace suan
