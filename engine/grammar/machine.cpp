#include "engine/grammar/machine.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace suan::engine {
namespace {

uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

uint64_t packed(Position position) {
  return uint64_t{position.stack} << 32U | position.state;
}

}  // namespace

void NumberTable::grow() {
  std::vector<Slot> old(std::max<size_t>(64, slots_.size() * 2));
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.number == 0) continue;
    size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].number != 0)
      at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

Machine::Machine(const Automaton& automaton) : automaton_(&automaton), work_max_(kWorkMax) {
  frames_.push_back({});
  sets_.push_back({});
  steps_.assign(automaton.classes(), kDead);
}

Machine::SetId Machine::start(uint32_t state) {
  enter({state, kEmptyStack});
  return close_entered();
}

Machine::SetId Machine::exactly(std::vector<Position> positions) {
  return number_of(positions, false);
}

Machine::SetId Machine::after_end_of(uint32_t stack) {
  assert(stack != kEmptyStack);
  enter({frames_[stack].after, frames_[stack].below});
  return close_entered();
}

Machine::SetId Machine::take_step(SetId set, uint8_t byte, size_t at) {
  for (uint32_t i = 0; i < sets_[set].count; ++i) {
    const Position from = positions_[sets_[set].first + i];
    for (const Automaton::ByteEdge& edge : automaton_->edges(from.state)) {
      ++work_;
      if (edge.low > byte) break;
      if (edge.high >= byte) enter({edge.target, from.stack});
    }
  }
  const SetId next = close_entered();
  steps_[at] = next;
  return next;
}

void Machine::enter(Position position) {
  entered_.push_back(position);
}

/// Follows calls and ends from the entered positions until only readers of bytes are new.
Machine::SetId Machine::close_entered() {
  bool is_complete = false;
  readers_.clear();
  if (entered_.size() == 1 && automaton_->calls(entered_[0].state).empty() &&
      !automaton_->is_final(entered_[0].state)) {
    // By far the commonest case: one way, in the middle of a rule.
    readers_.swap(entered_);
    return number_of(readers_, false);
  }
  try {
    // `entered_` grows while it is walked; a position is expanded at its first entry alone.
    for (size_t i = 0; i < entered_.size(); ++i) {
      if (is_first(i)) expand(Position(entered_[i]), is_complete);
    }
  } catch (...) {
    entered_.clear();
    throw;
  }
  entered_.clear();
  return number_of(readers_, is_complete);
}

bool Machine::is_first(size_t entered) {
  constexpr size_t kSearched = 24;
  const Position position = entered_[entered];
  if (entered < kSearched) {
    work_ += 2 + entered / 4;
    const auto end = entered_.begin() + static_cast<ptrdiff_t>(entered);
    return std::find(entered_.begin(), end, position) == end;
  }
  if (entered == kSearched) entered_numbers_.clear();
  const auto add = [&](size_t i) {
    const auto fresh = static_cast<uint32_t>(i + 1);
    return entered_numbers_.find_or_add(
               mixed(packed(entered_[i])), fresh,
               [&](uint32_t number) { return entered_[number - 1] == entered_[i]; }) == fresh;
  };
  if (entered == kSearched) {
    for (size_t i = 0; i < kSearched; ++i)
      (void)add(i);
  }
  work_ += 4;
  return add(entered);
}

void Machine::expand(Position position, bool& is_complete) {
  if (!automaton_->edges(position.state).empty()) {
    if (readers_.size() == GrammarLimits::kPositions) {
      throw GrammarError(fmt::format("the grammar is too ambiguous: more than {} ways are open",
                                     GrammarLimits::kPositions));
    }
    readers_.push_back(position);
  }
  if (automaton_->is_final(position.state)) {
    if (position.stack == kEmptyStack) {
      is_complete = true;
    } else {
      enter({frames_[position.stack].after, frames_[position.stack].below});
    }
  }
  for (const Automaton::Call& call : automaton_->calls(position.state)) {
    // Right recursion leaves nothing behind.
    const uint32_t stack = automaton_->is_only_final(call.after)
                               ? position.stack
                               : push(call.after, position.stack);
    enter({call.rule_start, stack});
  }
  if (entered_.size() > size_t{8} * GrammarLimits::kPositions) {
    throw GrammarError("the grammar is too ambiguous: too many ways meet at one byte");
  }
}

Machine::SetId Machine::number_of(std::vector<Position>& positions, bool is_complete) {
  if (positions.empty() && !is_complete) return kDead;
  std::ranges::sort(positions, {}, packed);
  uint64_t hash = is_complete ? 1 : 2;
  for (const Position position : positions)
    hash = mixed(hash + packed(position) * 0x9E3779B97F4A7C15U);
  work_ += 8 + 2 * positions.size();

  const auto fresh = static_cast<SetId>(sets_.size());
  const SetId number = set_numbers_.find_or_add(hash, fresh, [&](SetId other) {
    return sets_[other].is_complete == is_complete &&
           std::ranges::equal(this->positions(other), positions);
  });
  if (number != fresh) return number;
  check_bounds();
  sets_.push_back({.first = static_cast<uint32_t>(positions_.size()),
                   .count = static_cast<uint32_t>(positions.size()),
                   .is_complete = is_complete});
  positions_.insert(positions_.end(), positions.begin(), positions.end());
  steps_.resize(steps_.size() + automaton_->classes(), kUnknown);
  work_ += automaton_->classes() / 4;
  return fresh;
}

void Machine::check_bounds() const {
  // Sizes, since capacities jump ahead of them.
  const size_t bytes = positions_.size() * sizeof(Position) + steps_.size() * sizeof(SetId) +
                       frames_.size() * sizeof(Frame);
  if (work_ > work_max_ || bytes > kBytesMax) {
    throw GrammarError("the grammar is too ambiguous: one token takes too much work");
  }
}

uint32_t Machine::push(uint32_t after, uint32_t below) {
  const uint32_t depth = frames_[below].depth + 1;
  if (depth > GrammarLimits::kStackDepth) {
    throw GrammarError(
        fmt::format("the text is nested more than {} rules deep", GrammarLimits::kStackDepth));
  }
  work_ += 2;
  const auto fresh = static_cast<uint32_t>(frames_.size());
  const uint64_t hash = mixed((uint64_t{after} << 32U | below) * 0x9E3779B97F4A7C15U);
  const uint32_t number = frame_numbers_.find_or_add(hash, fresh, [&](uint32_t other) {
    return frames_[other].after == after && frames_[other].below == below;
  });
  if (number == fresh) frames_.push_back({after, below, depth});
  return number;
}

std::vector<Machine::SetId> Machine::adopt(const Machine& other, std::span<const SetId> sets) {
  std::vector<uint32_t> known(other.frames_.size(), kEmptyStack);
  std::vector<SetId> own;
  std::vector<Position> positions;
  for (const SetId set : sets) {
    positions.clear();
    for (const Position position : other.positions(set))
      positions.push_back({position.state, adopt_stack(other, position.stack, known)});
    own.push_back(number_of(positions, other.is_complete(set)));
  }
  return own;
}

uint32_t Machine::adopt_stack(const Machine& other,
                              uint32_t stack,
                              std::vector<uint32_t>& known) {
  std::vector<uint32_t> path;
  for (; stack != kEmptyStack && known[stack] == kEmptyStack;
       stack = other.frames_[stack].below)
    path.push_back(stack);
  uint32_t own = known[stack];
  for (size_t i = path.size(); i > 0; --i) {
    own = push(other.frames_[path[i - 1]].after, own);
    known[path[i - 1]] = own;
  }
  return own;
}

size_t Machine::bytes() const {
  return frames_.capacity() * sizeof(Frame) + positions_.capacity() * sizeof(Position) +
         sets_.capacity() * sizeof(Set) + steps_.capacity() * sizeof(SetId) +
         frame_numbers_.bytes() + set_numbers_.bytes();
}

}  // namespace suan::engine
