#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/weights/manifest.h"

namespace suan::engine {

/// The number N of `blk.N.rest`; nothing for other names.
[[nodiscard]] std::optional<uint32_t> layer_of(std::string_view name);

/// Settles by the tensors what keys and configurations leave open: whether the blocks that
/// predict further tokens are there, and whether queries go through a lower rank.
///
/// Requires: hyper.layers counts all blocks, hyper.mtp_layers those of them that predict
/// Errors:   ModelError when no layer would be left
void settle_layers(std::string_view file, Manifest& manifest);

}  // namespace suan::engine
