#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace suan {

/// The names of an enum's values in the order of their declaration, counted from 0.
///
/// `constexpr auto kPolicies = name_table<Policy>("balanced", "latency");`
template <class Enum, size_t N>
class NameTable {
 public:
  explicit constexpr NameTable(const std::array<std::string_view, N>& names) : names_(names) {}

  [[nodiscard]] constexpr std::string_view name_of(Enum value) const {
    return names_.at(static_cast<size_t>(value));
  }

  /// Nothing for an unknown name.
  [[nodiscard]] constexpr std::optional<Enum> value_of(std::string_view name) const {
    for (size_t i = 0; i < N; ++i) {
      if (names_[i] == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
  }

 private:
  std::array<std::string_view, N> names_;
};

template <class Enum, class... Names>
[[nodiscard]] constexpr auto name_table(Names... names) {
  return NameTable<Enum, sizeof...(Names)>({std::string_view(names)...});
}

}  // namespace suan
