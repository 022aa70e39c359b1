#pragma once

#include <cstdint>

#include "engine/cache/page_pool.h"
#include "engine/engine.h"
#include "engine/sampling/sampler.h"

namespace suan::engine {

/// A generation on its way through the engine.
struct Sequence {
  explicit Sequence(Generation taken)
      : generation(std::move(taken)), sampler(generation.sampling, generation.prompt) {}

  Generation generation;
  Sampler sampler;
  PageLease lease;        // empty while it waits
  uint32_t position = 0;  // tokens computed so far, all in the cache
  uint32_t tokens_made = 0;
  int32_t last_token = -1;  // to be decoded next, once the prompt is done
  bool has_ended = false;

  /// Most tokens it can ever need room for.
  [[nodiscard]] uint64_t tokens_promised() const {
    return generation.prompt.size() + uint64_t{generation.tokens_max};
  }

  [[nodiscard]] uint32_t prompt_left() const {
    const auto size = static_cast<uint32_t>(generation.prompt.size());
    return position < size ? size - position : 0;
  }
};

}  // namespace suan::engine
