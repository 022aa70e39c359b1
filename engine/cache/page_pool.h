#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace suan::engine {

/// Positions in one page of the KV cache.
constexpr uint32_t kPageTokens = 64;

class PagePool;

/// Pages of one sequence, or of what is kept of one; gives them back when destroyed.
///
/// A page may be in several leases: whoever wrote it has filled it, and nobody writes to it again.
/// Move-only. Must not outlive its PagePool.
class PageLease {
 public:
  PageLease() = default;
  PageLease(PageLease&& other) noexcept;
  PageLease& operator=(PageLease&& other) noexcept;
  ~PageLease();

  [[nodiscard]] std::span<const uint32_t> pages() const { return pages_; }

  /// Positions that the pages have room for.
  [[nodiscard]] size_t tokens() const { return pages_.size() * kPageTokens; }

  /// The row of the cache in which `position` lies. Requires: the lease covers it.
  [[nodiscard]] uint32_t row(size_t position) const {
    return pages_[position / kPageTokens] * kPageTokens +
           static_cast<uint32_t>(position % kPageTokens);
  }

 private:
  friend class PagePool;
  PageLease(PagePool& pool, std::vector<uint32_t> pages);
  void give_back();

  PagePool* pool_ = nullptr;  // null once moved from
  std::vector<uint32_t> pages_;
};

/// Hands out the pages of a KV cache, and counts who holds each.
class PagePool {
 public:
  explicit PagePool(uint32_t pages);

  /// Pages that cover `tokens` positions. Requires: as many are free.
  [[nodiscard]] PageLease lease(size_t tokens);

  /// Another lease of pages that somebody holds.
  [[nodiscard]] PageLease share(std::span<const uint32_t> pages);

  /// Adds free pages until the lease covers `tokens` positions. Requires: as many are free.
  void extend(PageLease& lease, size_t tokens);

  [[nodiscard]] size_t pages_free() const { return free_.size(); }

  [[nodiscard]] size_t pages_total() const { return holders_.size(); }

  /// In how many leases a page is.
  [[nodiscard]] uint32_t holders(uint32_t page) const { return holders_[page]; }

  [[nodiscard]] static uint64_t pages_for(uint64_t tokens) {
    return (tokens + kPageTokens - 1) / kPageTokens;
  }

 private:
  friend class PageLease;
  void give_back(uint32_t page);

  std::vector<uint32_t> free_;  // the lowest on top, so runs repeat exactly
  std::vector<uint32_t> holders_;
};

}  // namespace suan::engine
