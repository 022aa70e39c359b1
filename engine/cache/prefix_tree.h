#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "engine/cache/page_pool.h"

namespace suan::engine {

/// What is known of the beginnings of texts: a tree whose edges are whole pages of token ids, each
/// with the page of the KV cache that holds their keys and values.
///
/// A sequence shares the pages of the longest beginning that it has in common with an earlier one
/// and computes the rest. Only full pages are kept, so none is written to while it is shared. What
/// no sequence uses goes when room is needed, what was used longest ago first, ends before
/// beginnings. Texts of different scopes never share a page, so nobody can find out by asking what
/// others have said.
/// Work:     a page is found among its siblings by comparison, in O(log siblings); no hashing, so
///           no input makes it slow. Nodes are never more than the pool has pages.
/// Threads:  one owner.
class PrefixTree {
 public:
  /// `pool` outlives the tree.
  explicit PrefixTree(PagePool& pool);

  /// A lease of the pages of the longest known beginning of `tokens`; only whole pages.
  [[nodiscard]] PageLease match(uint64_t scope, std::span<const int32_t> tokens);

  /// Keeps the whole pages of `tokens`, which lie in `lease` from its first page on. Where a page
  /// of the same tokens is known already, that one stays.
  /// Requires: these pages are computed and will not be written to again.
  void keep(uint64_t scope, std::span<const int32_t> tokens, const PageLease& lease);

  /// Lets go of pages until `pages` are free in the pool. False, and none is let go: too many are
  /// in use.
  bool make_room(size_t pages);

  /// Pages kept, those in use included.
  [[nodiscard]] size_t pages() const { return nodes_.size() - 1 - unused_.size(); }

 private:
  /// The scope, at the root alone (elsewhere 0), and a page's tokens.
  struct Edge {
    uint64_t scope = 0;
    std::array<int32_t, kPageTokens> tokens{};

    auto operator<=>(const Edge&) const = default;
  };

  /// Nodes are named by their index; 0 is the root, which has no page.
  struct Node {
    Edge edge;  // from its parent
    PageLease lease;
    uint32_t parent = 0;
    std::map<Edge, uint32_t> children;
    // The list of all nodes by use: an end before its beginning, then the oldest first.
    uint32_t earlier = 0;
    uint32_t later = 0;
  };

  [[nodiscard]] bool is_in_use(uint32_t node) const;
  [[nodiscard]] size_t pages_to_spare() const;
  [[nodiscard]] static Edge edge_of(uint32_t node,
                                    uint64_t scope,
                                    std::span<const int32_t> page);
  [[nodiscard]] uint32_t child_of(uint32_t node, const Edge& edge) const;
  uint32_t add_child(uint32_t node, const Edge& edge, uint32_t page_of_cache);
  void touch_path(uint32_t deepest);
  void put_last(uint32_t node);
  void unlink(uint32_t node);
  void remove(uint32_t node);

  PagePool& pool_;
  std::vector<Node> nodes_;
  std::vector<uint32_t> unused_;  // nodes to be taken again
};

}  // namespace suan::engine
