#include "cli/input_text.h"

#include <fstream>
#include <vector>

#include <fmt/core.h>

#include "cli/command.h"

namespace suan::cli {

namespace {

constexpr size_t kInputBytesMax = 256 << 20;

}  // namespace

std::string read_input(std::istream& in, const std::string& name) {
  std::string text;
  std::vector<char> piece(1 << 16);
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    text.append(piece.data(), static_cast<size_t>(in.gcount()));
    if (text.size() > kInputBytesMax) {
      throw Failure(1, fmt::format("{} has more than {} bytes", name, kInputBytesMax));
    }
  }
  return text;
}

std::string read_text_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Failure(1, path + " cannot be read");
  return read_input(in, path);
}

}  // namespace suan::cli
