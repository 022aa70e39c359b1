#pragma once

#include <array>
#include <cstdint>

namespace suan {

/// Seeded pseudo-random numbers; equal seeds give equal numbers on every machine.
///
/// Threads:  one owner.
/// Source:   Blackman and Vigna, xoshiro256** 1.0 (2018); state filled by splitmix64
class Random {
 public:
  using State = std::array<uint64_t, 4>;

  explicit Random(uint64_t seed);

  /// Requires: `state` is not all zero.
  explicit Random(const State& state) : state_(state) {}

  /// Uniform over 64 bits.
  uint64_t next();

  /// Uniform over 0..limit-1, without bias (rejection). Requires: limit > 0.
  uint64_t below(uint64_t limit);

  /// Uniform in [0, 1) with 53 bits.
  double uniform();

  /// Exponential with mean 1, by von Neumann's comparison method: no libm, so equal
  /// seeds give equal bytes on every machine.
  double exponential();

 private:
  State state_;
};

/// One step of splitmix64: a good 64-bit mix of `x`.
[[nodiscard]] uint64_t splitmix64(uint64_t x);

/// Bytes from the operating system, for keys and seeds of live processes. Throws when it has none.
void fill_from_system(void* bytes, uint64_t size);

}  // namespace suan
