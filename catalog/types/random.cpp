#include "catalog/types/random.h"

#include <bit>
#include <cassert>
#include <stdexcept>
#include <sys/random.h>

namespace suan {

uint64_t splitmix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

Random::Random(uint64_t seed) : state_{} {
  for (uint64_t i = 0; i < state_.size(); ++i) {
    state_[i] = splitmix64(seed + i * 0x9E3779B97F4A7C15U);
  }
}

uint64_t Random::next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

uint64_t Random::below(uint64_t limit) {
  assert(limit > 0);
  // Values past the last whole multiple of `limit` would favour small results.
  const uint64_t excess = (0 - limit) % limit;
  uint64_t draw = next();
  while (draw > UINT64_MAX - excess && excess != 0)
    draw = next();
  return draw % limit;
}

double Random::uniform() {
  return static_cast<double>(next() >> 11U) * 0x1p-53;
}

double Random::exponential() {
  for (double whole = 0;; whole += 1) {
    const double first = uniform();
    double last = first;
    uint64_t length = 1;
    for (;;) {
      const double draw = uniform();
      if (draw >= last) break;
      last = draw;
      ++length;
    }
    if (length % 2 == 1) return whole + first;
  }
}

void fill_from_system(void* bytes, uint64_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    if (got <= 0) throw std::runtime_error("the system gives no random bytes");
    at += got;
    size -= static_cast<uint64_t>(got);
  }
}

}  // namespace suan
