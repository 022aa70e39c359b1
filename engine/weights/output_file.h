#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/weights/file_set.h"

namespace suan::engine {

/// A new file that exists under its name only when it is whole: written beside it, synced, renamed.
///
/// Destroyed before `finish`, it leaves nothing behind.
/// Errors:   ModelError with the file's name: it exists already, the disk is full, ...
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  /// Takes the room from the disk at once, so that a full one is known before hours of work.
  void reserve(uint64_t bytes);

  void write(std::span<const unsigned char> bytes);
  void write(std::string_view bytes);

  /// Writes zeros until the position is a multiple of `alignment`.
  void pad(uint64_t alignment);

  [[nodiscard]] uint64_t position() const { return position_; }

  [[nodiscard]] const std::string& name() const { return name_; }

  /// Nothing can be written after it.
  void finish();

 private:
  void flush();
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::string name_;
  Descriptor descriptor_;
  std::vector<unsigned char> buffer_;
  uint64_t position_ = 0;
};

}  // namespace suan::engine
