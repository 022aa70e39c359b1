#pragma once

#include <string>
#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/reader.h"

namespace suan::engine {

/// Reads Hugging Face's tokenizer.json: BPE in bytes with a known splitting rule, or in characters
/// with bytes behind them. What would be computed in another way than the file asks is refused.
///
/// Tokens up to `tokens` (the model's vocab_size) that have no piece become unused ones, as do ids
/// that the file leaves out.
/// Errors:   ModelError
[[nodiscard]] Vocabulary read_tokenizer_json(const SourceFile& file, uint32_t tokens = 0);

/// What tokenizer_config.json adds: BOS and whether a prompt begins with it, the end of a text.
/// Call it after read_tokenizer_json.
///
/// Returns:  the chat template, empty when there is none
/// Errors:   ModelError
[[nodiscard]] std::string read_tokenizer_config(const SourceFile& file, Vocabulary& vocabulary);

/// tokenizer.json, and maybe tokenizer_config.json, without a model.
[[nodiscard]] Manifest read_tokenizer_alone(const std::vector<SourceFile>& files);

}  // namespace suan::engine
