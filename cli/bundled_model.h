#pragma once

#include <filesystem>

namespace suan::cli {

/// Writes the model that the executable carries to `models`/stories-moe, unless it is there.
/// Returns that folder. Throws when it cannot be written.
[[nodiscard]] std::filesystem::path unpack_bundled_model(const std::filesystem::path& models);

}  // namespace suan::cli
