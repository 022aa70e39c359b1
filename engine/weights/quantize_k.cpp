#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>

#include "engine/weights/quantize_blocks.h"
#include "engine/weights/quantize_search.h"

namespace suan::engine {
namespace {

constexpr size_t kBlock = 256;

/// Whole numbers near the wished ones, of which the best is chosen once scales are rounded.
constexpr int kReach = 1;

// --- Q4_K and Q5_K: eight runs of 32; x = d * scale * q - d_min * minimum

constexpr size_t kRun = 32;
constexpr size_t kRuns = kBlock / kRun;
constexpr int kScaleMax = 63;  // scales and minima have 6 bits

struct Runs {
  std::array<uint8_t, kRuns> scales{};
  std::array<uint8_t, kRuns> minima{};
  std::array<uint8_t, kBlock> q{};
};

float error_of(std::span<const float> run, float scale, float minimum, int high) {
  const float inverse = inverse_of(scale);
  const auto top = static_cast<float>(high);
  float error = 0;
  for (const float value : run) {
    const float q = rounded_into((value + minimum) * inverse, 0, top);
    const float miss = scale * q - minimum - value;
    error += miss * miss;
  }
  return error;
}

/// Rounds one run's scale and minimum to those of the neighbours that serve the run best.
void round_run(std::span<const float> values,
               size_t run,
               const Affine& wish,
               float d,
               float d_min,
               int high,
               Runs& runs) {
  const std::span<const float> part = values.subspan(run * kRun, kRun);
  const int scale = nearest(wish.scale * inverse_of(d), 0, kScaleMax);
  const int minimum = nearest(-wish.offset * inverse_of(d_min), 0, kScaleMax);
  float best_error = std::numeric_limits<float>::infinity();
  for (int s = std::max(0, scale - kReach); s <= std::min(kScaleMax, scale + kReach); ++s) {
    for (int m = std::max(0, minimum - kReach); m <= std::min(kScaleMax, minimum + kReach);
         ++m) {
      const float error =
          error_of(part, d * static_cast<float>(s), d_min * static_cast<float>(m), high);
      if (error >= best_error) continue;
      best_error = error;
      runs.scales[run] = static_cast<uint8_t>(s);
      runs.minima[run] = static_cast<uint8_t>(m);
    }
  }
  const float inverse = inverse_of(d * static_cast<float>(runs.scales[run]));
  const float offset = d_min * static_cast<float>(runs.minima[run]);
  for (size_t i = 0; i < kRun; ++i) {
    runs.q[run * kRun + i] =
        static_cast<uint8_t>(nearest((part[i] + offset) * inverse, 0, high));
  }
}

/// Stores d and d_min, and says what goes with them.
Runs quantize_runs(std::span<const float> values, int high, unsigned char* out) {
  std::array<Affine, kRuns> wishes;
  float scale_max = 0;
  float minimum_max = 0;
  for (size_t run = 0; run < kRuns; ++run) {
    wishes[run] = search_affine(values.subspan(run * kRun, kRun), high, 0);
    scale_max = std::max(scale_max, wishes[run].scale);
    minimum_max = std::max(minimum_max, -wishes[run].offset);
  }
  const float d = store_f16(scale_max / kScaleMax, out);
  const float d_min = store_f16(minimum_max / kScaleMax, out + 2);
  Runs runs;
  for (size_t run = 0; run < kRuns; ++run)
    round_run(values, run, wishes[run], d, d_min, high, runs);
  return runs;
}

/// 16 numbers of 6 bits in 12 bytes: the first four of each kind whole, in whose upper bits the
/// last four keep theirs.
void store_scales(const Runs& runs, unsigned char* out) {
  for (size_t i = 0; i < 4; ++i) {
    const unsigned late_scale = runs.scales[i + 4];
    const unsigned late_minimum = runs.minima[i + 4];
    out[i] = static_cast<unsigned char>(runs.scales[i] | late_scale >> 4 << 6);
    out[i + 4] = static_cast<unsigned char>(runs.minima[i] | late_minimum >> 4 << 6);
    out[i + 8] = static_cast<unsigned char>((late_scale & 15U) | (late_minimum & 15U) << 4);
  }
}

/// Two runs share 32 bytes: the first low, the second high.
void store_run_nibbles(const Runs& runs, unsigned char* out) {
  for (size_t pair = 0; pair < kRuns / 2; ++pair) {
    const uint8_t* low = runs.q.data() + 2 * pair * kRun;
    for (size_t i = 0; i < kRun; ++i) {
      *out++ = static_cast<unsigned char>((low[i] & 15U) | (low[i + kRun] & 15U) << 4);
    }
  }
}

// --- Q6_K: sixteen runs of 16; x = d * scale * (q - 32)

constexpr size_t kShortRun = 16;
constexpr size_t kShortRuns = kBlock / kShortRun;
constexpr int kLow = -32;
constexpr int kHigh = 31;

float symmetric_error_of(std::span<const float> run, float scale) {
  const float inverse = inverse_of(scale);
  float error = 0;
  for (const float value : run) {
    const float q = rounded_into(value * inverse, kLow, kHigh);
    const float miss = scale * q - value;
    error += miss * miss;
  }
  return error;
}

int8_t best_scale(std::span<const float> run, float wish, float d) {
  const int middle = nearest(wish * inverse_of(d), -128, 127);
  float best_error = std::numeric_limits<float>::infinity();
  int best = middle;
  for (int s = std::max(-128, middle - kReach); s <= std::min(127, middle + kReach); ++s) {
    const float error = symmetric_error_of(run, d * static_cast<float>(s));
    if (error >= best_error) continue;
    best_error = error;
    best = s;
  }
  return static_cast<int8_t>(best);
}

/// Each half of the block keeps four quarters of 32: four bits in `low`, two in `high`.
void store_six_bits(std::span<const uint8_t> q, unsigned char* low, unsigned char* high) {
  for (size_t half = 0; half < 2; ++half) {
    const uint8_t* first = q.data() + half * 128;
    for (size_t i = 0; i < 32; ++i) {
      const unsigned a = first[i];
      const unsigned b = first[i + 32];
      const unsigned c = first[i + 64];
      const unsigned e = first[i + 96];
      low[half * 64 + i] = static_cast<unsigned char>((a & 15U) | (c & 15U) << 4);
      low[half * 64 + 32 + i] = static_cast<unsigned char>((b & 15U) | (e & 15U) << 4);
      high[half * 32 + i] =
          static_cast<unsigned char>(a >> 4 | b >> 4 << 2 | c >> 4 << 4 | e >> 4 << 6);
    }
  }
}

}  // namespace

void quantize_q4_k(std::span<const float> values, unsigned char* out) {
  const Runs runs = quantize_runs(values, 15, out);
  store_scales(runs, out + 4);
  store_run_nibbles(runs, out + 16);
}

void quantize_q5_k(std::span<const float> values, unsigned char* out) {
  const Runs runs = quantize_runs(values, 31, out);
  store_scales(runs, out + 4);
  for (size_t i = 0; i < kRun; ++i) {
    unsigned bits = 0;
    for (size_t run = 0; run < kRuns; ++run)
      bits |= unsigned{runs.q[run * kRun + i]} >> 4 << run;
    out[16 + i] = static_cast<unsigned char>(bits);
  }
  store_run_nibbles(runs, out + 48);
}

void quantize_q6_k(std::span<const float> values, unsigned char* out) {
  std::array<float, kShortRuns> wishes{};
  for (size_t run = 0; run < kShortRuns; ++run) {
    wishes[run] = search_scale(values.subspan(run * kShortRun, kShortRun), kLow, kHigh);
  }
  // The largest takes -128, the end of the range that has one number more.
  const float extreme =
      *std::ranges::max_element(wishes, {}, [](float w) { return std::fabs(w); });
  const float d = store_f16(extreme / -128, out + 208);
  std::array<uint8_t, kBlock> q{};
  for (size_t run = 0; run < kShortRuns; ++run) {
    const auto part = values.subspan(run * kShortRun, kShortRun);
    const int8_t scale = best_scale(part, wishes[run], d);
    out[192 + run] = static_cast<unsigned char>(scale);
    const float inverse = inverse_of(d * static_cast<float>(scale));
    for (size_t i = 0; i < kShortRun; ++i) {
      q[run * kShortRun + i] =
          static_cast<uint8_t>(nearest(part[i] * inverse, kLow, kHigh) - kLow);
    }
  }
  store_six_bits(q, out, out + 128);
}

}  // namespace suan::engine
