#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "catalog/types/random.h"
#include "catalog/types/time.h"
#include "tests/support/link_relay.h"

namespace suan {

/// The bytes on one direction of a line: each comes out after its delay, in order.
///
/// Pure: time is handed in.
/// Threads:  one owner.
class DelayedLine {
 public:
  DelayedLine(const LinkDirection& direction, uint64_t seed);

  /// Bytes that entered the line at `now`.
  void push(Time now, std::string bytes);
  /// The sender has closed; that, too, takes its time.
  void push_end(Time now);

  /// When the next bytes (or the end) come out; nothing while the line is empty.
  [[nodiscard]] std::optional<Time> next_due() const;

  /// The bytes that are out by `now`, from the oldest piece only; empty when there are none.
  [[nodiscard]] std::string_view ready(Time now) const;
  /// Takes `count` of what `ready` gave.
  void consume(size_t count);

  /// The end is out.
  [[nodiscard]] bool has_ended(Time now) const;

  [[nodiscard]] size_t bytes_held() const { return held_; }

  [[nodiscard]] uint64_t flips() const { return flips_; }

 private:
  struct Piece {
    Time due{};
    std::string bytes;  // empty: the end
    size_t taken = 0;
  };

  [[nodiscard]] Time due_of(Time now, size_t bytes);
  void flip_bits(std::string& bytes);
  [[nodiscard]] double next_gap();

  const LinkDirection direction_;
  Random random_;
  std::deque<Piece> pieces_;
  size_t held_ = 0;
  Time line_free_at_{};
  Time last_due_{};
  double bytes_to_flip_;
  uint64_t flips_ = 0;
};

}  // namespace suan
