#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/weights/manifest.h"

namespace suan::cli {

/// What a model needs of a machine's memory, from its manifest alone.
struct ModelMemory {
  struct OfType {
    std::string type;
    uint64_t bytes = 0;
  };

  struct AtContext {
    uint32_t tokens = 0;
    uint64_t kv_bytes = 0;
  };

  uint64_t parameters = 0;
  uint64_t weight_bytes = 0;
  std::vector<OfType> types;  // most bytes first
  uint64_t kv_bytes_per_token = 0;
  std::vector<AtContext> contexts;  // 4k, 32k and 128k as far as they fit, then the wished one
};

/// `context_tokens` 0: the context that the model was made for.
[[nodiscard]] ModelMemory memory_of(const engine::Manifest& manifest, uint32_t context_tokens);

}  // namespace suan::cli
