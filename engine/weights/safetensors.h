#pragma once

#include <cstdint>
#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/reader.h"

namespace suan::engine {

/// Reads the header of one safetensors file; `file` becomes each entry's file number.
///
/// Names stay as stored; shapes are turned innermost first, offsets count from the file's start.
/// Errors:   ModelError (M6: header at most 100 MB; ranges in order, without gap or overlap, of
///           the size that type and shape give, up to the file's last byte)
/// Source:   huggingface/safetensors README, "Format"
[[nodiscard]] std::vector<TensorEntry> read_safetensors(const SourceFile& source,
                                                        uint32_t file);

}  // namespace suan::engine
