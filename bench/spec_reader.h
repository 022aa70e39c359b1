#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/json.h"
#include "catalog/types/result.h"

// Heavy: only .cpp files include this header.

namespace suan::bench {

/// The first fault found in a specification, with the line of its key.
class SpecFaults {
 public:
  explicit SpecFaults(std::string_view text) : text_(text) {}

  void add(const std::string& path, std::string_view key, const std::string& what);

  [[nodiscard]] const std::optional<Error>& first() const { return first_; }

 private:
  std::string_view text_;
  std::optional<Error> first_;
};

/// One object of a specification: refuses keys that are not known, checks every range.
///
/// An absent key leaves its variable as it was.
class SpecObject {
 public:
  /// A null `json` is an absent object: every read leaves its variable alone.
  SpecObject(const Json* json,
             std::string path,
             SpecFaults& faults,
             std::vector<std::string_view> known);

  void read(std::string_view key, double& out, double min, double max);
  void read(std::string_view key, uint64_t& out, uint64_t min, uint64_t max);
  void read(std::string_view key, uint32_t& out, uint32_t min, uint32_t max);
  void read(std::string_view key, bool& out);
  void read(std::string_view key, std::string& out, size_t bytes_max);
  void read(std::string_view key, std::vector<std::string>& out, size_t entries_max);
  void read(std::string_view key, std::vector<double>& out, double min, double max);
  /// One of `choices`; its number.
  void read_choice(std::string_view key,
                   size_t& out,
                   const std::vector<std::string_view>& choices);

  void require(std::string_view key);
  [[nodiscard]] const Json* find(std::string_view key) const;
  [[nodiscard]] SpecObject child(std::string_view key,
                                 std::vector<std::string_view> known) const;
  /// The objects of a list of at most `entries_max`; none where it is absent.
  [[nodiscard]] std::vector<SpecObject> children(std::string_view key,
                                                 const std::vector<std::string_view>& known,
                                                 size_t entries_max) const;
  void fault(std::string_view key, const std::string& what) const;

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const;

  const Json* json_;
  std::string path_;
  SpecFaults* faults_;
};

}  // namespace suan::bench
