#include "engine/tokenizer/word_merger.h"

#include <algorithm>

namespace suan::engine {
namespace {

constexpr size_t kShort = 64;  // below it looking at all ranks is faster than a heap
constexpr uint32_t kNone = UINT32_MAX;
constexpr int32_t kGone = -2;

bool is_later(uint64_t a, uint64_t b) {
  return a > b;
}

}  // namespace

void WordMerger::merge(std::vector<int32_t>& symbols) {
  if (symbols.size() < 2) return;
  symbols.size() <= kShort ? merge_short(symbols) : merge_long(symbols);
}

void WordMerger::merge_short(std::vector<int32_t>& symbols) {
  ranks_.clear();
  for (size_t i = 0; i + 1 < symbols.size(); ++i)
    ranks_.push_back(merges_->find(symbols[i], symbols[i + 1]));

  while (!ranks_.empty()) {
    const auto best = std::ranges::min_element(ranks_, {}, &Merge::rank);
    if (best->rank == kNone) return;
    const auto at = static_cast<size_t>(best - ranks_.begin());
    symbols[at] = best->token;
    symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(at) + 1);
    ranks_.erase(best);
    if (at > 0) ranks_[at - 1] = merges_->find(symbols[at - 1], symbols[at]);
    if (at < ranks_.size()) ranks_[at] = merges_->find(symbols[at], symbols[at + 1]);
  }
}

void WordMerger::merge_long(std::vector<int32_t>& symbols) {
  make_links(symbols);
  while (!heap_.empty()) {
    std::ranges::pop_heap(heap_, is_later, &Pair::order);
    const Pair pair = heap_.back();
    heap_.pop_back();
    const auto left = static_cast<uint32_t>(pair.order);
    Link& link = links_[left];
    if (link.token != pair.left || link.next == kNone) continue;
    if (links_[link.next].token != pair.right) continue;

    link.token = merges_->find(pair.left, pair.right).token;
    join(left);
    if (link.previous != kNone) consider(link.previous);
    consider(left);
  }
  symbols.clear();
  for (uint32_t i = 0; i != kNone; i = links_[i].next)
    symbols.push_back(links_[i].token);
}

void WordMerger::make_links(const std::vector<int32_t>& symbols) {
  links_.clear();
  heap_.clear();
  const auto count = static_cast<uint32_t>(symbols.size());
  for (uint32_t i = 0; i < count; ++i) {
    links_.push_back({symbols[i], i > 0 ? i - 1 : kNone, i + 1 < count ? i + 1 : kNone});
  }
  for (uint32_t i = 0; i + 1 < count; ++i) {
    const Merge merge = merges_->find(symbols[i], symbols[i + 1]);
    if (merge.rank == kNone) continue;
    heap_.push_back({uint64_t{merge.rank} << 32U | i, symbols[i], symbols[i + 1]});
  }
  std::ranges::make_heap(heap_, is_later, &Pair::order);
}

/// The right neighbour becomes part of `left`.
void WordMerger::join(uint32_t left) {
  Link& right = links_[links_[left].next];
  links_[left].next = right.next;
  if (right.next != kNone) links_[right.next].previous = left;
  right.token = kGone;
}

void WordMerger::consider(uint32_t left) {
  const Link& link = links_[left];
  if (link.next == kNone) return;
  const int32_t right = links_[link.next].token;
  const Merge merge = merges_->find(link.token, right);
  if (merge.rank == kNone) return;
  heap_.push_back({uint64_t{merge.rank} << 32U | left, link.token, right});
  std::ranges::push_heap(heap_, is_later, &Pair::order);
}

}  // namespace suan::engine
