#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace suan::web_api {

/// A table of small states under hashed names, of fixed size, without locks: HTTP threads
/// share one limit, so that a client gains nothing by reconnecting to another thread.
///
/// A state is 44 bits, beside it stand 20 bits of the name's hash. Eight cells form a set;
/// a name that finds its set full takes the cell with the smallest state, so states must
/// begin with their time: the stalest goes first. Names that share set and hash bits share
/// a cell (one in 2^20 of a set's); the hash is keyed, so nobody can aim at another.
/// Threads:  any.
class BoundedCells {
 public:
  static constexpr uint64_t kStateMax = (uint64_t{1} << 44) - 1;
  using Change = std::function<uint64_t(uint64_t state)>;

  /// `entries` is rounded up to a power of two, at least 8.
  explicit BoundedCells(size_t entries);

  /// The state of `name`; 0 when it has none.
  [[nodiscard]] uint64_t find(std::string_view name) const;

  /// Replaces the state of `name` by `change` of it (of 0 when it has none); `change` may be
  /// called again when another thread was faster. Requires: results in 1..kStateMax.
  void update(std::string_view name, const Change& change);

 private:
  struct Place;

  [[nodiscard]] Place place_of(std::string_view name) const;

  std::string secret_;  // of the hash
  size_t set_mask_;
  std::unique_ptr<std::atomic<uint64_t>[]> cells_;
};

}  // namespace suan::web_api
