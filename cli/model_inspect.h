#pragma once

#include <cstdint>
#include <string>

#include "engine/weights/model_file.h"

namespace suan::cli {

struct InspectWish {
  uint32_t context_tokens = 0;  // 0: what the model was made for
  bool wants_digest = false;    // reads the whole model
};

/// What a model's files say, and the memory that it takes at several context lengths.
[[nodiscard]] std::string inspect_json(const engine::ModelFile& model, const InspectWish& wish);
[[nodiscard]] std::string inspect_text(const engine::ModelFile& model, const InspectWish& wish);

}  // namespace suan::cli
