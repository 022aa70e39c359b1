#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace suan::scheduler {

/// A rooted spanning tree in arrays, in which a branch can be cut off and hung elsewhere.
///
/// The nodes are linked in preorder, so a branch is a run of that list: it is visited, cut and
/// joined without a search. The root is the last node.
///
/// Source: the representation by parents, preorder thread and branch sizes of Bradley, Brown and
///         Graves (Management Science 24(1), 1977), as Kiraly and Kovacs compare it
///         (Acta Univ. Sapientiae, Informatica 4(1), 2012)
class SpanningTree {
 public:
  /// A star: every node hangs on the root by the arc `first_arc + node`, which leads to the root
  /// where `leads_up[node]`.
  SpanningTree(uint32_t nodes, uint32_t first_arc, const std::vector<bool>& leads_up);

  [[nodiscard]] uint32_t root() const { return static_cast<uint32_t>(nodes_.size()) - 1; }

  [[nodiscard]] uint32_t parent(uint32_t node) const { return nodes_[node].parent; }

  /// The arc between a node and its parent.
  [[nodiscard]] uint32_t arc(uint32_t node) const { return nodes_[node].arc; }

  /// Whether that arc leads from the node to its parent.
  [[nodiscard]] bool leads_up(uint32_t node) const { return nodes_[node].leads_up; }

  /// The lowest common ancestor. O(length of the cycle).
  [[nodiscard]] uint32_t join(uint32_t one, uint32_t other) const;

  /// Cuts the branch of `top` off, turns it so that `inside`, one of its nodes, becomes its top, and
  /// hangs it on `outside` by `arc`, which leads to `outside` where `leads_up`.
  void move_branch(
      uint32_t top, uint32_t inside, uint32_t outside, uint32_t arc, bool leads_up);

  /// Calls `visit(node)` for each node of a branch, its top first.
  template <class Visit>
  void for_branch(uint32_t top, const Visit& visit) const {
    uint32_t node = top;
    for (uint32_t left = nodes_[top].size; left > 0; --left) {
      visit(node);
      node = nodes_[node].next;
    }
  }

 private:
  struct Node {
    uint32_t parent = 0;
    uint32_t arc = 0;
    uint32_t next = 0;      // in preorder; the last one's is the root
    uint32_t previous = 0;  // in preorder; the root's is the last
    uint32_t size = 1;      // of the branch
    uint32_t last = 0;      // of the branch, in preorder
    bool leads_up = false;
  };

  /// A node on the way from the new top to the old one, as it was before it was turned.
  struct Stem {
    uint32_t node = 0;
    Node was;
  };

  void cut(uint32_t top);
  void turn(uint32_t top, uint32_t inside);
  void hang(uint32_t top, uint32_t outside);
  void link(uint32_t earlier, uint32_t later);

  static constexpr uint32_t kNone = UINT32_MAX;

  std::vector<Node> nodes_;
};

}  // namespace suan::scheduler
