#pragma once

#include <string_view>

#include "engine/weights/manifest.h"

namespace suan::engine {

/// Whether an added token is written like a control token (`<|...|>`, `<｜...｜>`), which it then is
/// even where a file does not call it special: DeepSeek's files do not for the borders of turns.
///
/// Source: llama.cpp conversion/base.py `does_token_look_special`
[[nodiscard]] bool looks_like_control(std::string_view text);

/// Adds the tokens that end a text or a turn by their usual names. Files often name but one.
void add_usual_ends(Vocabulary& vocabulary);

}  // namespace suan::engine
