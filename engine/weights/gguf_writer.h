#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/output_file.h"

namespace suan::engine {

/// Writes one GGUF file (version 3): first keys and tensor entries, then the tensors' bytes, as
/// a stream. The file appears under its name in `finish`.
///
/// Source:   ggml docs/gguf.md
/// Errors:   ModelError when the file cannot be written
class GgufWriter {
 public:
  explicit GgufWriter(const std::filesystem::path& path) : file_(path) {}

  void whole(std::string_view key, uint32_t value);
  void short_whole(std::string_view key, uint16_t value);
  void signed_whole(std::string_view key, int32_t value);
  void real(std::string_view key, float value);
  void truth(std::string_view key, bool value);
  void text(std::string_view key, std::string_view value);
  void texts(std::string_view key, const std::vector<std::string>& values);
  void reals(std::string_view key, const std::vector<float>& values);
  void wholes(std::string_view key, const std::vector<uint8_t>& values);  // as int32

  /// Announces a tensor; shapes are innermost first.
  /// Requires: a row is a whole number of the type's blocks.
  void tensor(std::string_view name, TensorType type, const std::vector<uint64_t>& shape);

  /// Ends the header. Only `write` and `finish` may follow.
  void begin_data();

  /// The bytes of all tensors, in the order in which they were announced, cut anyhow.
  void write(std::span<const unsigned char> bytes);

  /// Requires: every byte that was announced has been written.
  void finish();

 private:
  void key(std::string_view key, uint32_t type);

  OutputFile file_;
  std::string keys_;
  std::string entries_;
  uint64_t key_count_ = 0;
  std::vector<uint64_t> sizes_;  // of the tensors, in bytes
  uint64_t data_bytes_ = 0;      // with padding
  size_t current_ = 0;           // tensor that is being written
  uint64_t written_ = 0;         // of it
};

}  // namespace suan::engine
