#pragma once

#include <string>

#include "engine/weights/manifest.h"
#include "engine/weights/tiny_model.h"

namespace suan::engine {

// The texts that stand beside the weights in a folder of Hugging Face's layout.

[[nodiscard]] std::string tiny_config_json(const TinyModel& wish, const Manifest& manifest);
[[nodiscard]] std::string tiny_tokenizer_json(const Manifest& manifest);
[[nodiscard]] std::string tiny_tokenizer_config_json(const Manifest& manifest);
/// A vocabulary with scores as llama2.c stores it.
[[nodiscard]] std::string tiny_tok512(const Vocabulary& vocabulary);

}  // namespace suan::engine
