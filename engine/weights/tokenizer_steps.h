#pragma once

#include "engine/weights/json_settings.h"
#include "engine/weights/manifest.h"

namespace suan::engine {

/// How tokenizer.json treats text before and after the model: normalizer, pre_tokenizer, decoder.
/// Sets kind, splitting rule, form C and the space in front.
///
/// Errors: ModelError that names a step which is not supported, or a pattern by its beginning
void read_text_steps(const JsonSettings& settings, Vocabulary& vocabulary);

/// Which token post_processor puts before a text. Call it when the pieces are known.
///
/// Errors: ModelError when it adds anything else
void read_bos_template(const JsonSettings& settings, Vocabulary& vocabulary);

}  // namespace suan::engine
