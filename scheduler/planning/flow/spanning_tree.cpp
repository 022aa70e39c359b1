#include "scheduler/planning/flow/spanning_tree.h"

namespace suan::scheduler {

SpanningTree::SpanningTree(uint32_t nodes,
                           uint32_t first_arc,
                           const std::vector<bool>& leads_up)
    : nodes_(size_t{nodes} + 1) {
  for (uint32_t node = 0; node < nodes; ++node) {
    nodes_[node] = {.parent = nodes,
                    .arc = first_arc + node,
                    .next = node + 1,
                    .previous = node == 0 ? nodes : node - 1,
                    .size = 1,
                    .last = node,
                    .leads_up = leads_up[node]};
  }
  nodes_[nodes] = {.parent = kNone,
                   .arc = kNone,
                   .next = 0,
                   .previous = nodes == 0 ? 0 : nodes - 1,
                   .size = nodes + 1,
                   .last = nodes == 0 ? 0 : nodes - 1,
                   .leads_up = false};
}

uint32_t SpanningTree::join(uint32_t one, uint32_t other) const {
  // The smaller branch cannot hold the larger one's top; nor can either of equal ones.
  while (one != other) {
    uint32_t& lower = nodes_[one].size < nodes_[other].size ? one : other;
    lower = nodes_[lower].parent;
  }
  return one;
}

void SpanningTree::move_branch(
    uint32_t top, uint32_t inside, uint32_t outside, uint32_t arc, bool leads_up) {
  cut(top);
  turn(top, inside);
  nodes_[inside].arc = arc;
  nodes_[inside].leads_up = leads_up;
  hang(inside, outside);
}

void SpanningTree::link(uint32_t earlier, uint32_t later) {
  nodes_[earlier].next = later;
  nodes_[later].previous = earlier;
}

/// Takes the branch's run out of the list. Inside, the run keeps its order.
void SpanningTree::cut(uint32_t top) {
  const uint32_t before = nodes_[top].previous;
  const uint32_t last = nodes_[top].last;
  const uint32_t size = nodes_[top].size;
  link(before, nodes_[last].next);
  bool ends_here = true;
  for (uint32_t above = nodes_[top].parent; above != kNone; above = nodes_[above].parent) {
    nodes_[above].size -= size;
    ends_here = ends_here && nodes_[above].last == last;
    if (ends_here) nodes_[above].last = before;
  }
}

/// Makes `inside` the top: on the way up from it each parent becomes a child, and what else hung on
/// it goes behind the run that was built so far.
void SpanningTree::turn(uint32_t top, uint32_t inside) {
  const uint32_t size = nodes_[top].size;
  const auto stem_of = [&](uint32_t node) { return Stem{node, nodes_[node]}; };
  Stem below = stem_of(inside);
  uint32_t after_below = nodes_[below.was.last].next;  // behind the branch, as it was
  uint32_t end = below.was.last;                       // of the run
  nodes_[inside].size = size;
  while (below.node != top) {
    const Stem stem = stem_of(below.was.parent);
    const bool has_same_end = stem.was.last == below.was.last;
    const uint32_t after = has_same_end ? after_below : nodes_[stem.was.last].next;
    link(end, stem.node);
    if (has_same_end) {
      end = below.was.previous;
    } else {
      link(below.was.previous, after_below);
      end = stem.was.last;
    }
    Node& turned = nodes_[stem.node];
    turned.parent = below.node;
    turned.arc = below.was.arc;
    turned.leads_up = !below.was.leads_up;
    turned.size = size - below.was.size;
    below = stem;
    after_below = after;
  }
  // Each of them holds all that was turned after it, so all end where the run does.
  for (uint32_t node = top; node != inside; node = nodes_[node].parent)
    nodes_[node].last = end;
  nodes_[inside].last = end;
}

/// Puts the branch's run right behind `outside`.
void SpanningTree::hang(uint32_t top, uint32_t outside) {
  const uint32_t last = nodes_[top].last;
  link(last, nodes_[outside].next);
  link(outside, top);
  nodes_[top].parent = outside;
  bool ends_here = true;
  for (uint32_t above = outside; above != kNone; above = nodes_[above].parent) {
    nodes_[above].size += nodes_[top].size;
    ends_here = ends_here && nodes_[above].last == outside;
    if (ends_here) nodes_[above].last = last;
  }
}

}  // namespace suan::scheduler
