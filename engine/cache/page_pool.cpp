#include "engine/cache/page_pool.h"

#include <cassert>
#include <utility>

namespace suan::engine {

PagePool::PagePool(uint32_t pages) : holders_(pages, 0) {
  free_.reserve(pages);
  for (uint32_t page = pages; page > 0; --page)
    free_.push_back(page - 1);
}

PageLease PagePool::lease(size_t tokens) {
  PageLease lease(*this, {});
  extend(lease, tokens);
  return lease;
}

PageLease PagePool::share(std::span<const uint32_t> pages) {
  for (const uint32_t page : pages) {
    assert(holders_[page] > 0);
    ++holders_[page];
  }
  return {*this, {pages.begin(), pages.end()}};
}

void PagePool::extend(PageLease& lease, size_t tokens) {
  const size_t count = pages_for(tokens);
  if (count <= lease.pages_.size()) return;
  assert(lease.pool_ == this);
  assert(count - lease.pages_.size() <= free_.size());

  lease.pages_.reserve(count);
  while (lease.pages_.size() < count) {
    lease.pages_.push_back(free_.back());
    holders_[free_.back()] = 1;
    free_.pop_back();
  }
}

void PagePool::give_back(uint32_t page) {
  assert(holders_[page] > 0);
  // Never allocates: there is room for all pages.
  if (--holders_[page] == 0) free_.push_back(page);
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
  for (auto page = pages_.rbegin(); page != pages_.rend(); ++page)
    pool_->give_back(*page);
  pages_.clear();
}

}  // namespace suan::engine
