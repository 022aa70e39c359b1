#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace suan::web_api {

/// Chained hashes of a prompt, one per 256 bytes of text: equal beginnings, equal hashes. They let
/// placement find a replica that still has the prompt's beginning in its cache.
class PrefixHasher {
 public:
  static constexpr size_t kBlockBytes = 256;
  /// 64 KiB of text: homes look at 64 blocks at most (`scheduler.md`, 5), and the list travels
  /// with every Submit.
  static constexpr size_t kHashesMax = 256;

  void add(std::string_view text);

  /// Of whole blocks alone; the hasher is empty afterwards.
  [[nodiscard]] std::vector<uint64_t> take() { return std::move(hashes_); }

 private:
  void finish_block();

  std::array<char, kBlockBytes> block_{};
  size_t filled_ = 0;
  uint64_t chain_ = 0;
  std::vector<uint64_t> hashes_;
};

}  // namespace suan::web_api
