#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/json.h"

// Heavy: only .cpp files include this header.

namespace suan {

/// Reads named fields of one JSON object into variables and keeps the first complaint.
///
/// A field that is absent or null leaves its variable as it was. After a complaint, further
/// reads do nothing; so read all, then ask `error()` once.
class JsonFields {
 public:
  /// `object` must outlive the reader; anything but an object is a complaint.
  explicit JsonFields(const Json& object);

  void read(const char* name, bool& out);
  void read(const char* name, double& out);  // any number
  void read(const char* name, uint32_t& out);
  void read(const char* name, uint64_t& out);
  void read(const char* name, int64_t& out);
  void read(const char* name, std::string& out);
  void read(const char* name, std::vector<std::string>& out);  // an array of texts
  void read(const char* name, std::vector<uint32_t>& out);

  template <class T>
  void read(const char* name, std::optional<T>& out) {
    if (find(name) == nullptr) return;
    T value{};
    read(name, value);
    out = value;
  }

  /// The field's value; null when it is absent, null, or a complaint stands.
  [[nodiscard]] const Json* find(const char* name) const;

  /// Complains that `name` must be `what`, unless a complaint stands.
  void refuse(const char* name, std::string_view what);

  /// BadRequest with `param`, for the first field that did not fit.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const Json& object_;
  std::optional<Error> error_;
};

}  // namespace suan
