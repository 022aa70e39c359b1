#include "engine/tokenizer/hash_seed.h"

#include <random>

namespace suan::engine {

uint64_t hash_seed() {
  static const uint64_t kSeed = [] {
    std::random_device device;
    return (uint64_t{device()} << 32U | device()) | 1U;
  }();
  return kSeed;
}

}  // namespace suan::engine
