#include "scheduler/planning/flow/spanning_tree.h"

#include <set>

#include <gtest/gtest.h>

#include "catalog/types/random.h"

namespace suan::scheduler {
namespace {

std::set<uint32_t> branch_of(const SpanningTree& tree, uint32_t top) {
  std::set<uint32_t> nodes;
  tree.for_branch(top, [&](uint32_t node) { nodes.insert(node); });
  return nodes;
}

bool is_below(const SpanningTree& tree, uint32_t node, uint32_t top) {
  while (node != top && node != tree.root())
    node = tree.parent(node);
  return node == top;
}

/// The same by asking each of the nodes 0 to `last` for its parents.
std::set<uint32_t> nodes_below(const SpanningTree& tree, uint32_t top, uint32_t last) {
  std::set<uint32_t> nodes;
  for (uint32_t node = 0; node <= last; ++node) {
    if (is_below(tree, node, top)) nodes.insert(node);
  }
  return nodes;
}

TEST(SpanningTree, BeginsAsAStar) {
  const SpanningTree tree(3, 10, {true, false, true});

  EXPECT_EQ(tree.root(), 3U);
  EXPECT_EQ(tree.parent(1), 3U);
  EXPECT_EQ(tree.arc(1), 11U);
  EXPECT_TRUE(tree.leads_up(0));
  EXPECT_FALSE(tree.leads_up(1));
  EXPECT_EQ(branch_of(tree, 3), (std::set<uint32_t>{0, 1, 2, 3}));
}

TEST(SpanningTree, TurnsABranchAndItsArcs) {
  SpanningTree tree(4, 0, {true, true, true, true});
  tree.move_branch(1, 1, 0, 7, true);   // 1 below 0
  tree.move_branch(2, 2, 1, 8, false);  // 2 below 1

  tree.move_branch(0, 2, 3, 9, true);  // 0 - 1 - 2 turns over and hangs on 3 by 2

  EXPECT_EQ(tree.parent(2), 3U);
  EXPECT_EQ(tree.arc(2), 9U);
  EXPECT_EQ(tree.parent(1), 2U);
  EXPECT_EQ(tree.arc(1), 8U);
  EXPECT_TRUE(tree.leads_up(1));
  EXPECT_EQ(tree.parent(0), 1U);
  EXPECT_EQ(tree.arc(0), 7U);
  EXPECT_FALSE(tree.leads_up(0));
  EXPECT_EQ(branch_of(tree, 3), (std::set<uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(tree.join(0, 2), 2U);
}

TEST(SpanningTree, StaysATreeThroughRandomMoves) {
  Random random(5);
  for (uint32_t round = 0; round < 60; ++round) {
    const auto nodes = static_cast<uint32_t>(2 + random.below(14));
    SpanningTree tree(nodes, 0, std::vector<bool>(nodes, true));
    for (uint32_t move = 0; move < 60; ++move) {
      const auto inside = static_cast<uint32_t>(random.below(nodes));
      uint32_t top = inside;
      while (random.below(3) != 0 && tree.parent(top) != tree.root())
        top = tree.parent(top);
      const auto outside = static_cast<uint32_t>(random.below(nodes + 1));
      if (is_below(tree, outside, top)) continue;
      const auto moved = branch_of(tree, top);

      tree.move_branch(top, inside, outside, 1'000 + move, true);

      ASSERT_EQ(tree.parent(inside), outside);
      ASSERT_EQ(branch_of(tree, inside), moved);
      for (uint32_t above = 0; above <= nodes; ++above) {
        ASSERT_EQ(branch_of(tree, above), nodes_below(tree, above, nodes))
            << "branch of " << above;
      }
    }
  }
}

}  // namespace
}  // namespace suan::scheduler
