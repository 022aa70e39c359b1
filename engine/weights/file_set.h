#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/weights/reader.h"

namespace suan::engine {

/// An open file descriptor, closed when destroyed.
class Descriptor {
 public:
  Descriptor() = default;

  explicit Descriptor(int number) : number_(number) {}

  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }

  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// A whole file in the address space, read-only.
///
/// A file that shrinks while it is mapped ends the process (SIGBUS); a copy stays what it was.
class Mapping {
 public:
  /// Errors: std::system_error
  Mapping(int descriptor, uint64_t bytes);

  /// Reads the file into memory of this process.
  ///
  /// Errors: std::system_error, also when the file ends before `bytes`
  static Mapping copy_of(int descriptor, uint64_t bytes);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping();

  [[nodiscard]] std::span<const unsigned char> bytes() const { return {data_, size_}; }

 private:
  Mapping() = default;

  const unsigned char* data_ = nullptr;
  size_t size_ = 0;
};

struct OpenFile {
  std::string name;  // without its folder
  Descriptor descriptor;
  uint64_t bytes = 0;        // when it was opened
  bool is_writable = false;  // whether anyone may write it, by its mode
};

/// The files of one model, each opened once; reader and server use the same descriptors.
struct FileSet {
  std::string name;  // of the model: the last part of its path
  ModelFormat format{};
  std::vector<OpenFile> files;  // in the order that `read_manifest` wants
};

/// Opens a model's files: regular ones only, no symbolic links, at most 1,024 (M2, M10).
///
/// Errors:   ModelError
[[nodiscard]] FileSet open_files(const std::filesystem::path& path);

}  // namespace suan::engine
