#include "node_agent/hardware/self_measure.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace suan::node_agent {

namespace {

using Clock = std::chrono::steady_clock;

// Vectors of the compiler: wide loads and multiplications without instruction-set files.
using Words = uint64_t __attribute__((vector_size(16)));
using Floats = float __attribute__((vector_size(16)));

constexpr size_t kWordsPerChunk = (1U << 20U) / sizeof(Words);  // looks at the clock each MiB
constexpr size_t kMatrixSide = 96;  // three matrices of 36 KiB: within the level-2 cache
constexpr size_t kLanes = sizeof(Floats) / sizeof(float);

/// Runs `work` on `threads` threads that begin together; gives units/s in sum.
/// `work(thread, deadline)` returns the units that it did.
double rate_of(uint32_t threads,
               Duration time,
               const std::function<double(uint32_t, Clock::time_point)>& work) {
  std::vector<double> rates(threads);
  std::atomic<uint32_t> ready = 0;
  const auto run = [&](uint32_t thread) {
    ++ready;
    while (ready < threads)
      std::this_thread::yield();
    const auto start = Clock::now();
    const double units = work(thread, start + time);
    rates[thread] = units / std::chrono::duration<double>(Clock::now() - start).count();
  };
  {
    std::vector<std::jthread> others;
    for (uint32_t thread = 1; thread < threads; ++thread)
      others.emplace_back(run, thread);
    run(0);
  }
  double sum = 0;
  for (const double rate : rates)
    sum += rate;
  return sum;
}

Words sum_chunk(const Words* words, size_t count) {
  // Four sums, so that no addition waits for the one before.
  Words a{};
  Words b{};
  Words c{};
  Words d{};
  for (size_t i = 0; i + 4 <= count; i += 4) {
    a += words[i];
    b += words[i + 1];
    c += words[i + 2];
    d += words[i + 3];
  }
  return a + b + c + d;
}

/// Keeps a result alive for the optimizer.
void use(const void* result) {
  __asm__ volatile("" : : "r"(result) : "memory");
}

double read_gb_s(const SelfMeasureConfig& config) {
  const size_t words = config.memory_bytes / config.threads / sizeof(Words);
  std::vector<std::vector<Words>> memory(config.threads);
  {
    // Each thread touches its own pages first: they come from its memory node.
    std::vector<std::jthread> fill;
    fill.reserve(memory.size());
    for (auto& own : memory) {
      fill.emplace_back([&own, words] { own.assign(words, Words{1, 2}); });
    }
  }
  const auto work = [&](uint32_t thread, Clock::time_point deadline) {
    const std::vector<Words>& own = memory[thread];
    double bytes = 0;
    Words sum{};
    for (size_t at = 0; Clock::now() < deadline;
         at = at + kWordsPerChunk < words ? at + kWordsPerChunk : 0) {
      const size_t count = std::min(kWordsPerChunk, words - at);
      sum += sum_chunk(own.data() + at, count);
      bytes += static_cast<double>(count * sizeof(Words));
    }
    use(&sum);
    return bytes;
  };
  return rate_of(config.threads, config.memory_time, work) / 1e9;
}

constexpr size_t kTileColumns = 4 * kLanes;
static_assert(kMatrixSide % kTileColumns == 0 && kMatrixSide % 2 == 0);

/// A tile of out += left * right: two rows and four vectors, whose eight sums stay in registers.
void multiply_tile(
    const float* left, const float* right, float* out, size_t row, size_t column) {
  Floats sums[2][4] = {};
  for (size_t k = 0; k < kMatrixSide; ++k) {
    const auto* b = reinterpret_cast<const Floats*>(right + k * kMatrixSide + column);
    const float upper = left[row * kMatrixSide + k];
    const float lower = left[(row + 1) * kMatrixSide + k];
    for (size_t j = 0; j < 4; ++j) {
      sums[0][j] += b[j] * upper;
      sums[1][j] += b[j] * lower;
    }
  }
  for (size_t i = 0; i < 2; ++i) {
    auto* to = reinterpret_cast<Floats*>(out + (row + i) * kMatrixSide + column);
    for (size_t j = 0; j < 4; ++j)
      to[j] += sums[i][j];
  }
}

/// out += left * right, row-major squares.
void multiply(const float* left, const float* right, float* out) {
  for (size_t row = 0; row < kMatrixSide; row += 2) {
    for (size_t column = 0; column < kMatrixSide; column += kTileColumns)
      multiply_tile(left, right, out, row, column);
  }
}

double matrix_gflop_s(const SelfMeasureConfig& config) {
  constexpr double kFlop = 2.0 * kMatrixSide * kMatrixSide * kMatrixSide;
  const auto work = [](uint32_t, Clock::time_point deadline) {
    // Small enough that the sums stay finite.
    constexpr size_t kVectors = kMatrixSide * kMatrixSide / kLanes;
    const std::vector<Floats> left(kVectors, Floats{1e-3F, 2e-3F, 3e-3F, 4e-3F});
    const std::vector<Floats> right(kVectors, Floats{1e-3F, 1e-3F, 1e-3F, 1e-3F});
    std::vector<Floats> out(kVectors, Floats{});
    double flop = 0;
    while (Clock::now() < deadline) {
      multiply(reinterpret_cast<const float*>(left.data()),
               reinterpret_cast<const float*>(right.data()),
               reinterpret_cast<float*>(out.data()));
      flop += kFlop;
    }
    use(out.data());
    return flop;
  };
  return rate_of(config.threads, config.matrix_time, work) / 1e9;
}

}  // namespace

SelfMeasurement self_measure(const SelfMeasureConfig& config) {
  assert(config.threads > 0);
  assert(config.memory_bytes >= sizeof(Words) * 4 * config.threads);
  SelfMeasurement measured;
  measured.memory_read_gb_s = read_gb_s(config);
  measured.matrix_gflop_s = matrix_gflop_s(config);
  return measured;
}

}  // namespace suan::node_agent
