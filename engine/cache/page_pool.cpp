#include "engine/cache/page_pool.h"

#include <cassert>
#include <utility>

namespace suan::engine {

PagePool::PagePool(uint32_t pages) {
  free_.reserve(pages);
  for (uint32_t page = pages; page > 0; --page)
    free_.push_back(page - 1);
}

PageLease PagePool::lease(size_t tokens) {
  const size_t count = pages_for(tokens);
  assert(count <= free_.size());

  std::vector<uint32_t> pages;
  pages.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    pages.push_back(free_.back());
    free_.pop_back();
  }
  return {*this, std::move(pages)};
}

PageLease::PageLease(PagePool& pool, std::vector<uint32_t> pages)
    : pool_(&pool), pages_(std::move(pages)) {}

PageLease::PageLease(PageLease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), pages_(std::move(other.pages_)) {
  other.pages_.clear();
}

PageLease& PageLease::operator=(PageLease&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  pool_ = std::exchange(other.pool_, nullptr);
  pages_ = std::exchange(other.pages_, {});
  return *this;
}

PageLease::~PageLease() {
  give_back();
}

void PageLease::give_back() {
  if (pool_ == nullptr) return;
  // Never allocates: the pool reserved room for all of its pages.
  pool_->free_.insert(pool_->free_.end(), pages_.rbegin(), pages_.rend());
  pages_.clear();
}

}  // namespace suan::engine
