#include "cli/bundled_model.h"

#include <fstream>
#include <stdexcept>
#include <suan_bundled_model.h>

#include <fmt/core.h>

namespace suan::cli {

namespace fs = std::filesystem;

fs::path unpack_bundled_model(const fs::path& models) {
  fs::path folder = models / "stories-moe";
  fs::create_directories(folder);
  for (const char* name : {"model.safetensors", "config.json", "tok512.bin"}) {
    const std::string_view bytes = suan_bundled_model::embedded(name);
    const fs::path file = folder / name;
    std::error_code ignored;
    if (fs::file_size(file, ignored) == bytes.size()) continue;

    const fs::path temporary = folder / (std::string(name) + ".new");
    std::ofstream out(temporary, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw std::runtime_error(fmt::format("{} cannot be written", temporary.string()));
    fs::rename(temporary, file);
  }
  return folder;
}

}  // namespace suan::cli
