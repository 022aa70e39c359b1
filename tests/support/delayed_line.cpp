#include "tests/support/delayed_line.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace suan {

DelayedLine::DelayedLine(const LinkDirection& direction, uint64_t seed)
    : direction_(direction), random_(seed), bytes_to_flip_(next_gap()) {}

void DelayedLine::push(Time now, std::string bytes) {
  assert(!bytes.empty());
  const Time due = due_of(now, bytes.size());
  flip_bits(bytes);
  held_ += bytes.size();
  pieces_.push_back({due, std::move(bytes), 0});
}

void DelayedLine::push_end(Time now) {
  pieces_.push_back({due_of(now, 0), {}, 0});
}

std::optional<Time> DelayedLine::next_due() const {
  if (pieces_.empty()) return std::nullopt;
  return pieces_.front().due;
}

std::string_view DelayedLine::ready(Time now) const {
  if (pieces_.empty() || pieces_.front().due > now) return {};
  return std::string_view(pieces_.front().bytes).substr(pieces_.front().taken);
}

void DelayedLine::consume(size_t count) {
  Piece& first = pieces_.front();
  assert(first.taken + count <= first.bytes.size());
  first.taken += count;
  held_ -= count;
  if (first.taken == first.bytes.size()) pieces_.pop_front();
}

bool DelayedLine::has_ended(Time now) const {
  return !pieces_.empty() && pieces_.front().bytes.empty() && pieces_.front().due <= now;
}

/// First the bytes go onto the line one after the other, then they travel.
Time DelayedLine::due_of(Time now, size_t bytes) {
  Time sent = std::max(now, line_free_at_);
  if (direction_.bandwidth_mbit_s > 0) {
    const double us = static_cast<double>(bytes) * 8 / direction_.bandwidth_mbit_s;
    sent += Duration(static_cast<int64_t>(us));
  }
  line_free_at_ = sent;
  Time due = sent + direction_.delay;
  if (direction_.jitter > 0us) {
    const double drawn = random_.uniform() * static_cast<double>(direction_.jitter.count());
    due += Duration(static_cast<int64_t>(drawn));
  }
  last_due_ = std::max(last_due_, due);
  return last_due_;
}

void DelayedLine::flip_bits(std::string& bytes) {
  while (bytes_to_flip_ < static_cast<double>(bytes.size())) {
    const auto at = static_cast<size_t>(bytes_to_flip_);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_.below(8)));
    ++flips_;
    bytes_to_flip_ += next_gap();
  }
  bytes_to_flip_ -= static_cast<double>(bytes.size());
}

double DelayedLine::next_gap() {
  if (direction_.flips_per_mib <= 0) return std::numeric_limits<double>::infinity();
  return random_.exponential() * static_cast<double>(1U << 20U) / direction_.flips_per_mib;
}

}  // namespace suan
