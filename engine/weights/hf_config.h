#pragma once

#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/reader.h"

namespace suan::engine {

// Files of a folder beside `config.json` and the weights; each may be missing.
constexpr const char* kIndexFile = "model.safetensors.index.json";
constexpr const char* kGenerationConfig = "generation_config.json";
constexpr const char* kTokenizerFile = "tokenizer.json";
constexpr const char* kTokenizerConfig = "tokenizer_config.json";
constexpr const char* kChatTemplateFile = "chat_template.jinja";
constexpr const char* kLlama2cVocabulary = "tok512.bin";

/// Reads a folder: `config.json`, safetensors files, and the files named above. Code that a model
/// brings along (`auto_map`) is never run (M7).
///
/// Shapes:   files  config.json first, then the others in any order
/// Errors:   ModelError
/// Source:   engine.md section 7 (names), section 9 (StoriesMoeForCausalLM)
[[nodiscard]] Manifest read_hf_folder(const std::vector<SourceFile>& files);

}  // namespace suan::engine
