#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/weights/manifest.h"
#include "engine/weights/reader.h"

namespace suan::engine {

/// Value types, numbered as in the file.
enum class GgufType : uint32_t {
  U8,
  I8,
  U16,
  I16,
  U32,
  I32,
  F32,
  Bool,
  String,
  Array,
  U64,
  I64,
  F64
};

/// One metadata value; bytes stay in the file.
struct GgufValue {
  GgufType type{};
  GgufType element{};                    // of an array
  uint64_t count = 1;                    // elements of an array
  std::span<const unsigned char> bytes;  // checked to hold what type and count say
};

/// The container: metadata by key, and the tensors with offsets counted from the file's start.
///
/// Every size is checked (M1, M2); what the values mean is not. The file's bytes outlive it.
/// The typed getters refuse a value of another type; nothing means that the key is absent.
class GgufFile {
 public:
  /// Errors: ModelError
  explicit GgufFile(const SourceFile& source);

  [[nodiscard]] std::optional<uint32_t> whole(const std::string& key) const;
  [[nodiscard]] std::optional<float> real(const std::string& key) const;
  [[nodiscard]] std::optional<bool> truth(const std::string& key) const;
  [[nodiscard]] std::optional<std::string_view> text(const std::string& key) const;
  [[nodiscard]] std::vector<std::string_view> texts(const std::string& key) const;
  [[nodiscard]] std::vector<float> reals(const std::string& key) const;
  [[nodiscard]] std::vector<int32_t> wholes(const std::string& key) const;

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] std::vector<TensorEntry>& tensors() { return tensors_; }

 private:
  [[nodiscard]] const GgufValue* value(const std::string& key) const;
  [[nodiscard]] const GgufValue* array(const std::string& key, GgufType element) const;
  void read_metadata(class ByteReader& reader, uint64_t count);
  void read_tensors(class ByteReader& reader, uint64_t count);
  void place_tensors(uint64_t header_end, uint64_t file_bytes);

  std::string name_;
  std::unordered_map<std::string, GgufValue> values_;
  std::vector<TensorEntry> tensors_;
};

}  // namespace suan::engine
