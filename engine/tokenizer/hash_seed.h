#pragma once

#include <cstdint>

namespace suan::engine {

/// Drawn once per process: a vocabulary made to collide would have to guess it. What the tables
/// find never depends on it.
[[nodiscard]] uint64_t hash_seed();

/// All bits of the product of two words, folded: cheap, and good enough with a secret factor.
[[nodiscard]] inline uint64_t mixed(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64U);
}

}  // namespace suan::engine
