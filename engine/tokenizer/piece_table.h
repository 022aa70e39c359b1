#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace suan::engine {

/// Tokens by their text.
class PieceTable {
 public:
  explicit PieceTable(size_t pieces_max);

  /// The first token of a text counts. The text outlives the table.
  ///
  /// Requires: at most as many as were announced
  void add(std::string_view text, int32_t token);

  /// -1: none.
  [[nodiscard]] int32_t find(std::string_view text) const;

 private:
  /// Most of a text's hash and its length are compared before the text is.
  struct Slot {
    const char* text = nullptr;
    uint32_t bytes = 0;
    uint32_t tag = 0;
    int32_t token = -1;
  };

  [[nodiscard]] size_t slot_of(std::string_view text, uint64_t hash) const;
  [[nodiscard]] uint64_t hash_of(std::string_view text) const;

  std::vector<Slot> slots_;  // a power of two, never full
  uint64_t seed_;
};

}  // namespace suan::engine
