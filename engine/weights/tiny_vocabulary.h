#pragma once

#include <string>

#include "engine/weights/manifest.h"
#include "engine/weights/tiny_model.h"

namespace suan::engine {

/// All bytes, some merges of English, and the special tokens of the architecture's family; for
/// stories-moe pieces with scores.
[[nodiscard]] Vocabulary tiny_vocabulary(const TinyModel& wish);

/// In the family's manner; empty for stories-moe.
[[nodiscard]] std::string tiny_chat_template(const TinyModel& wish);

}  // namespace suan::engine
