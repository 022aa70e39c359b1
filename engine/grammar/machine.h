#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/grammar/automaton.h"

namespace suan::engine {

/// Where one way through the grammar stands: a state, and the stack of states to come back to.
struct Position {
  uint32_t state = 0;
  uint32_t stack = 0;  // number of its top; 0: empty

  friend bool operator==(const Position&, const Position&) = default;
};

/// Numbers equal things alike: an open-addressed table of numbers, compared by the caller.
class NumberTable {
 public:
  /// The number whose thing `is_same`, or `fresh`, which is then kept.
  template <class IsSame>
  uint32_t find_or_add(uint64_t hash, uint32_t fresh, IsSame is_same) {
    if ((used_ + 1) * 2 > slots_.size()) grow();
    size_t at = hash & (slots_.size() - 1);
    for (; slots_[at].number != 0; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].hash == hash && is_same(slots_[at].number)) return slots_[at].number;
    }
    slots_[at] = {hash, fresh};
    ++used_;
    return fresh;
  }

  void clear() {
    slots_.clear();
    used_ = 0;
  }

  [[nodiscard]] size_t bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    uint64_t hash = 0;
    uint32_t number = 0;  // 0: free
  };

  void grow();

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

/// Runs an automaton over bytes on all ways at once.
///
/// Sets of positions and stacks are numbered and kept, so that equal ones are equal numbers, a
/// step taken once is a look-up afterwards, and an earlier set can be returned to. All grow
/// until the machine is thrown away.
class Machine {
 public:
  using SetId = uint32_t;
  static constexpr SetId kDead = 0;
  static constexpr uint32_t kEmptyStack = 0;
  static constexpr uint64_t kWorkMax = 20'000'000;
  static constexpr size_t kBytesMax = size_t{40} << 20U;

  /// The automaton outlives the machine.
  explicit Machine(const Automaton& automaton);

  /// Throws GrammarError when there are too many positions, or too deep ones, as all do below.
  [[nodiscard]] SetId start(uint32_t state);
  /// Just these positions; rules that they call are not entered.
  [[nodiscard]] SetId exactly(std::vector<Position> positions);
  /// Where the caller goes on when the rule on top of a stack has ended.
  [[nodiscard]] SetId after_end_of(uint32_t stack);
  /// The sets of another machine of the same automaton.
  [[nodiscard]] std::vector<SetId> adopt(const Machine& other, std::span<const SetId> sets);

  [[nodiscard]] SetId step(SetId set, uint8_t byte) {
    const size_t at = size_t{set} * automaton_->classes() + automaton_->class_of(byte);
    const SetId known = steps_[at];
    return known != kUnknown ? known : take_step(set, byte, at);
  }

  /// Whether a way has come to the end, with an empty stack.
  [[nodiscard]] bool is_complete(SetId set) const { return sets_[set].is_complete; }

  /// Positions that can read a byte.
  [[nodiscard]] std::span<const Position> positions(SetId set) const {
    return {positions_.data() + sets_[set].first, sets_[set].count};
  }

  [[nodiscard]] size_t bytes() const;

  /// Simple operations so far, look-ups not counted.
  [[nodiscard]] uint64_t work() const { return work_; }

  /// From now on, that many are allowed.
  void allow_work(uint64_t operations) { work_max_ = work_ + operations; }

 private:
  static constexpr SetId kUnknown = 0xFFFFFFFF;

  struct Frame {
    uint32_t after = 0;
    uint32_t below = 0;
    uint32_t depth = 0;
  };

  struct Set {
    uint32_t first = 0;
    uint32_t count = 0;
    bool is_complete = false;
  };

  SetId take_step(SetId set, uint8_t byte, size_t at);
  void enter(Position position);
  void check_bounds() const;
  SetId close_entered();
  void expand(Position position, bool& is_complete);
  SetId number_of(std::vector<Position>& positions, bool is_complete);
  uint32_t push(uint32_t after, uint32_t below);
  uint32_t adopt_stack(const Machine& other, uint32_t stack, std::vector<uint32_t>& known);
  bool is_first(size_t entered);

  const Automaton* automaton_;
  std::vector<Frame> frames_;  // the first stands for the empty stack
  NumberTable frame_numbers_;
  std::vector<Position> positions_;
  std::vector<Set> sets_;
  NumberTable set_numbers_;
  std::vector<SetId> steps_;  // [set, class]
  uint64_t work_ = 0;
  uint64_t work_max_;
  // Of the step that is being taken:
  std::vector<Position> entered_;
  std::vector<Position> readers_;
  NumberTable entered_numbers_;
};

}  // namespace suan::engine
