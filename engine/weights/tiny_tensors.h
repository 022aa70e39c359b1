#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/tiny_model.h"

namespace suan::engine {

/// What a tensor's values look like; only a Weight is ever stored in blocks.
enum class TinyKind : uint8_t { Weight, Router, Norm, Bias, RopeFactors };

/// One tensor of a tiny model before it is laid out for a format: GGUF's names and orders, but
/// MLA's attn_kv_b joined.
struct TinyTensor {
  std::string name;
  std::vector<uint64_t> shape;  // innermost first
  TinyKind kind{};
  float spread = 0;  // standard deviation
};

/// Sizes, vocabulary and chat template; the tensors are not listed yet.
///
/// Errors: ModelError for a wish that no model can have
[[nodiscard]] Manifest tiny_manifest(const TinyModel& wish);

/// Every tensor that the architecture calls for.
[[nodiscard]] std::vector<TinyTensor> tiny_tensors(const TinyModel& wish,
                                                   const HyperParameters& hyper);

/// Values that depend on seed and name alone, so that they are the same in every format.
[[nodiscard]] std::vector<float> tiny_values(const TinyModel& wish,
                                             const HyperParameters& hyper,
                                             const TinyTensor& tensor);

}  // namespace suan::engine
