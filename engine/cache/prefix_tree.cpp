#include "engine/cache/prefix_tree.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace suan::engine {
namespace {

constexpr uint32_t kRoot = 0;

}  // namespace

PrefixTree::PrefixTree(PagePool& pool) : pool_(pool), nodes_(1) {}

PageLease PrefixTree::match(uint64_t scope, std::span<const int32_t> tokens) {
  std::vector<uint32_t> pages;
  uint32_t node = kRoot;
  while (tokens.size() >= kPageTokens) {
    const uint32_t next = child_of(node, edge_of(node, scope, tokens.first(kPageTokens)));
    if (next == kRoot) break;
    node = next;
    pages.push_back(nodes_[node].lease.pages().front());
    tokens = tokens.subspan(kPageTokens);
  }
  touch_path(node);
  return pool_.share(pages);
}

void PrefixTree::keep(uint64_t scope, std::span<const int32_t> tokens, const PageLease& lease) {
  assert(lease.tokens() >= tokens.size() / kPageTokens * kPageTokens);
  uint32_t node = kRoot;
  for (const uint32_t page_of_cache : lease.pages()) {
    if (tokens.size() < kPageTokens) break;
    const Edge edge = edge_of(node, scope, tokens.first(kPageTokens));
    const uint32_t next = child_of(node, edge);
    node = next != kRoot ? next : add_child(node, edge, page_of_cache);
    tokens = tokens.subspan(kPageTokens);
  }
  touch_path(node);
}

/// One pass is enough: an end always comes before its beginning in the list.
bool PrefixTree::make_room(size_t pages) {
  if (pool_.pages_free() >= pages) return true;
  if (pool_.pages_free() + pages_to_spare() < pages) return false;
  uint32_t node = nodes_[kRoot].later;
  while (pool_.pages_free() < pages) {
    assert(node != kRoot);
    const uint32_t next = nodes_[node].later;
    if (!is_in_use(node) && nodes_[node].children.empty()) remove(node);
    node = next;
  }
  return true;
}

bool PrefixTree::is_in_use(uint32_t node) const {
  return pool_.holders(nodes_[node].lease.pages().front()) > 1;
}

/// A page in use holds those before it, even where its sequence has copies of its own of them.
size_t PrefixTree::pages_to_spare() const {
  size_t count = 0;
  std::vector<bool> is_held(nodes_.size(), false);
  for (uint32_t node = nodes_[kRoot].later; node != kRoot; node = nodes_[node].later) {
    if (is_held[node] || is_in_use(node)) {
      is_held[nodes_[node].parent] = true;
    } else {
      ++count;
    }
  }
  return count;
}

PrefixTree::Edge PrefixTree::edge_of(uint32_t node,
                                     uint64_t scope,
                                     std::span<const int32_t> page) {
  Edge edge{.scope = node == kRoot ? scope : 0};
  std::ranges::copy(page, edge.tokens.begin());
  return edge;
}

/// The root: there is no such child.
uint32_t PrefixTree::child_of(uint32_t node, const Edge& edge) const {
  const auto& children = nodes_[node].children;
  const auto found = children.find(edge);
  return found == children.end() ? kRoot : found->second;
}

/// What may throw comes before what changes the tree.
uint32_t PrefixTree::add_child(uint32_t node, const Edge& edge, uint32_t page_of_cache) {
  if (unused_.empty()) {
    unused_.reserve(nodes_.size());
    nodes_.emplace_back();
    unused_.push_back(static_cast<uint32_t>(nodes_.size() - 1));
  }
  PageLease lease = pool_.share({&page_of_cache, 1});
  const uint32_t added = unused_.back();
  nodes_[added].edge = edge;
  nodes_[node].children.emplace(edge, added);
  unused_.pop_back();
  nodes_[added].parent = node;
  nodes_[added].lease = std::move(lease);
  put_last(added);
  return added;
}

/// The end first, so that a beginning is always later in the list than what follows it.
void PrefixTree::touch_path(uint32_t deepest) {
  for (uint32_t node = deepest; node != kRoot; node = nodes_[node].parent) {
    unlink(node);
    put_last(node);
  }
}

void PrefixTree::put_last(uint32_t node) {
  const uint32_t last = nodes_[kRoot].earlier;
  nodes_[node].earlier = last;
  nodes_[node].later = kRoot;
  nodes_[last].later = node;
  nodes_[kRoot].earlier = node;
}

void PrefixTree::unlink(uint32_t node) {
  nodes_[nodes_[node].earlier].later = nodes_[node].later;
  nodes_[nodes_[node].later].earlier = nodes_[node].earlier;
}

void PrefixTree::remove(uint32_t node) {
  assert(nodes_[node].children.empty());
  unlink(node);
  nodes_[nodes_[node].parent].children.erase(nodes_[node].edge);
  nodes_[node].lease = {};
  unused_.push_back(node);
}

}  // namespace suan::engine
