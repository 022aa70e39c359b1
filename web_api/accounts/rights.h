#pragma once

#include <set>
#include <string>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/result.h"

namespace suan::web_api {

/// What a key may do. `admin` includes everything else.
class Rights {
 public:
  Rights() = default;

  /// Reads `request`, `operate:SITE`, `research`, `admin`, `metrics`.
  ///
  /// Errors:   BadRequest  names the right that is none
  [[nodiscard]] static Result<Rights> parse(const std::vector<std::string>& texts);

  [[nodiscard]] bool may_request() const { return may_request_ || is_admin_; }

  [[nodiscard]] bool may_research() const { return may_research_ || is_admin_; }

  [[nodiscard]] bool may_read_metrics() const { return may_read_metrics_ || is_admin_; }

  [[nodiscard]] bool may_operate(const SiteId& site) const;

  /// At least one site.
  [[nodiscard]] bool may_operate_any() const { return !sites_.empty() || is_admin_; }

  [[nodiscard]] bool is_admin() const { return is_admin_; }

  /// The inverse of `parse`, in a fixed order.
  [[nodiscard]] std::vector<std::string> to_texts() const;

  friend bool operator==(const Rights&, const Rights&) = default;

 private:
  bool may_request_ = false;
  bool may_research_ = false;
  bool may_read_metrics_ = false;
  bool is_admin_ = false;
  std::set<SiteId> sites_;
};

/// Errors:   Forbidden  names the right that is missing
[[nodiscard]] Result<void> require_request(const Rights& rights);
[[nodiscard]] Result<void> require_research(const Rights& rights);
[[nodiscard]] Result<void> require_metrics(const Rights& rights);
[[nodiscard]] Result<void> require_admin(const Rights& rights);
[[nodiscard]] Result<void> require_operate(const Rights& rights, const SiteId& site);

}  // namespace suan::web_api
