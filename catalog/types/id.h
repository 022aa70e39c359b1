#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace suan {

/// A name or number of one kind of thing, which cannot be passed for another kind.
///
/// Requires: ids that come from outside pass `is_valid_name` (types/text.h) first.
template <class Tag, class Value>
class Id {
 public:
  Id() = default;

  explicit Id(Value value) : value_(std::move(value)) {}

  [[nodiscard]] const Value& value() const { return value_; }

  [[nodiscard]] bool is_set() const { return value_ != Value{}; }

  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  Value value_{};
};

/// 128 bits, ordered as the text is; made by `make_uuid_v7` (types/uuid.h).
struct Uuid {
  uint64_t high{};
  uint64_t low{};

  friend bool operator==(const Uuid&, const Uuid&) = default;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

using SiteId = Id<struct SiteTag, std::string>;
using NodeId = Id<struct NodeTag, std::string>;
using ModelId = Id<struct ModelTag, std::string>;
using AccountId = Id<struct AccountTag, std::string>;
/// A slot in which one node serves one model; drawn by the scheduler, kept in the catalog.
using ReplicaId = Id<struct ReplicaTag, uint64_t>;
using RequestId = Id<struct RequestTag, Uuid>;
/// One attempt of one request on the tokens' wire; unique within a gateway's life.
using StreamId = Id<struct StreamTag, uint64_t>;

template <class Tag>
std::ostream& operator<<(std::ostream& out, const Id<Tag, std::string>& id) {
  return out << id.value();
}

template <class Tag>
std::ostream& operator<<(std::ostream& out, const Id<Tag, uint64_t>& id) {
  return out << id.value();
}

}  // namespace suan

template <class Tag, class Value>
struct std::hash<suan::Id<Tag, Value>> {
  size_t operator()(const suan::Id<Tag, Value>& id) const noexcept {
    return std::hash<Value>{}(id.value());
  }
};

template <>
struct std::hash<suan::Uuid> {
  size_t operator()(const suan::Uuid& uuid) const noexcept {
    return static_cast<size_t>(uuid.high * 0x9E3779B97F4A7C15U ^ uuid.low);
  }
};
