#include "engine/sampling/weights.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <functional>
#include <iterator>
#include <limits>

namespace suan::engine {
namespace {

// Independent lanes let the compiler use vectors without reordering sums.
constexpr size_t kLanes = 16;
constexpr size_t kBlock = 64 * kLanes;
constexpr float kLowest = -std::numeric_limits<float>::infinity();

/// e^x for x <= 0: 2^n times a polynomial in the rest, |rest| <= ln(2) / 2.
inline float exp_of(float x) {
  constexpr float kSmallest = -87.0F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves a whole number
  const float at = x < kSmallest ? kSmallest : x;
  const float rounded = at * 1.44269504F + kRound;
  const float n = rounded - kRound;
  const float r = (at - n * 0.693359375F) + n * 2.12194440e-4F;
  float value = 1.9875691500e-4F;
  value = value * r + 1.3981999507e-3F;
  value = value * r + 8.3334519073e-3F;
  value = value * r + 4.1665795894e-2F;
  value = value * r + 1.6666665459e-1F;
  value = value * r + 5.0000001201e-1F;
  value = value * r * r + r + 1.0F;
  const auto bits = std::bit_cast<int32_t>(rounded) - std::bit_cast<int32_t>(kRound);
  const float power = std::bit_cast<float>((bits + 127) << 23);
  return x < kSmallest ? 0.0F : value * power;
}

struct Lanes {
  float values[kLanes] = {};
};

Lanes lowest_lanes() {
  Lanes lanes;
  std::ranges::fill(lanes.values, kLowest);
  return lanes;
}

// Plain pointers: checked subscripts would keep the compiler from using vectors.

/// The larger of each lane and the numbers that fall to it.
void raise(Lanes& lanes, const float* numbers, size_t count) {
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const float one = numbers[i + lane];
      lanes.values[lane] = one > lanes.values[lane] ? one : lanes.values[lane];
    }
  }
  for (; i < count; ++i)
    lanes.values[0] = std::max(lanes.values[0], numbers[i]);
}

double sum_of(const float* numbers, size_t count) {
  Lanes lanes;
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane)
      lanes.values[lane] += numbers[i + lane];
  }
  for (; i < count; ++i)
    lanes.values[0] += numbers[i];
  double sum = 0;
  for (const float lane : lanes.values)
    sum += static_cast<double>(lane);
  return sum;
}

}  // namespace

float highest_of(std::span<const float> logits) {
  assert(!logits.empty());
  Lanes lanes = lowest_lanes();
  raise(lanes, logits.data(), logits.size());
  return *std::ranges::max_element(lanes.values);
}

double exponentials(std::span<const float> logits,
                    float highest,
                    float scale,
                    std::span<float> weights) {
  assert(weights.size() == logits.size());
  double sum = 0;
  for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
    const size_t count = std::min(kBlock, logits.size() - begin);
    const float* from = logits.data() + begin;
    float* to = weights.data() + begin;
    for (size_t i = 0; i < count; ++i)
      to[i] = exp_of((from[i] - highest) * scale);
    sum += sum_of(to, count);
  }
  return sum;
}

float reached_by(std::span<const float> logits, size_t count, std::vector<float>& room) {
  room.clear();
  for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
    Lanes lanes = lowest_lanes();
    raise(lanes, logits.data() + begin, std::min(kBlock, logits.size() - begin));
    room.insert(room.end(), std::begin(lanes.values), std::end(lanes.values));
  }
  if (count == 0 || count > room.size()) return kLowest;
  const auto at = room.begin() + static_cast<ptrdiff_t>(count - 1);
  std::nth_element(room.begin(), at, room.end(), std::greater<>());
  return *at;
}

}  // namespace suan::engine
