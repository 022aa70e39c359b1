#include "engine/weights/gguf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_set>

#include "engine/weights/byte_reader.h"
#include "engine/weights/checks.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr uint64_t kAlignmentMax = 65'536;

/// Bytes of a value of fixed size; 0 for strings, arrays and unknown types.
uint64_t fixed_bytes(GgufType type) {
  switch (type) {
    case GgufType::U8:
    case GgufType::I8:
    case GgufType::Bool:
      return 1;
    case GgufType::U16:
    case GgufType::I16:
      return 2;
    case GgufType::U32:
    case GgufType::I32:
    case GgufType::F32:
      return 4;
    case GgufType::U64:
    case GgufType::I64:
    case GgufType::F64:
      return 8;
    case GgufType::String:
    case GgufType::Array:
      return 0;
  }
  return 0;
}

std::string_view read_string(ByteReader& reader, uint64_t limit, std::string_view what) {
  const auto length = reader.number<uint64_t>(what);
  if (length > limit) {
    refuse(reader.file(), "{} at byte {} is {} bytes long, allowed are {}", what,
           reader.position(), length, limit);
  }
  return reader.text(length, what);
}

/// A key or a tensor's name: printable ASCII, so that it can stand in messages and maps.
std::string read_name(ByteReader& reader, std::string_view what) {
  const std::string_view name = read_string(reader, kNameBytesMax, what);
  const auto is_printable = [](char c) { return c > ' ' && c <= '~'; };
  if (name.empty() || !std::ranges::all_of(name, is_printable)) {
    refuse(reader.file(), "{} {} is not printable ASCII", what, in_quotes(name));
  }
  return std::string(name);
}

std::span<const unsigned char> take_elements(ByteReader& reader,
                                             const GgufValue& value,
                                             GgufType element) {
  if (const uint64_t bytes = fixed_bytes(element); bytes > 0) {
    uint64_t total = 0;
    if (__builtin_mul_overflow(value.count, bytes, &total)) total = UINT64_MAX;
    return reader.take(total, "an array");
  }
  ByteReader ahead = reader;  // strings: find out where they end
  if (value.count > reader.left() / sizeof(uint64_t)) {
    refuse(reader.file(), "an array at byte {} has {} strings, but {} bytes are left",
           reader.position(), value.count, reader.left());
  }
  for (uint64_t i = 0; i < value.count; ++i) {
    static_cast<void>(read_string(ahead, kStringBytesMax, "a string"));
  }
  return reader.take(ahead.position() - reader.position(), "strings");
}

GgufValue read_value(ByteReader& reader, const std::string& key) {
  GgufValue value;
  value.type = static_cast<GgufType>(reader.number<uint32_t>("a value's type"));
  GgufType element = value.type;
  if (value.type == GgufType::Array) {
    element = value.element = static_cast<GgufType>(reader.number<uint32_t>("an array's type"));
    value.count = reader.number<uint64_t>("an array's length");
  }
  if (element != GgufType::String && fixed_bytes(element) == 0) {
    refuse(reader.file(), "key {} has values of type {}, which GGUF does not have here",
           in_quotes(key), static_cast<uint32_t>(element));
  }
  value.bytes = take_elements(reader, value, element);
  return value;
}

std::optional<TensorType> type_of_number(uint32_t number) {
  for (const BlockType& each : kBlockTypes) {
    if (each.gguf_number >= 0 && number == static_cast<uint32_t>(each.gguf_number)) {
      return each.type;
    }
  }
  return std::nullopt;
}

/// Names of the types that are not read, by their numbers; `?` was taken back by ggml.
const char* other_type_name(uint32_t number) {
  constexpr uint32_t kFirst = 9;
  constexpr std::array kNames = {
      "q8_1",   "q2_k",    "q3_k",  "?",      "?",     "?",     "q8_k",   "iq2_xxs",
      "iq2_xs", "iq3_xxs", "iq1_s", "iq4_nl", "iq3_s", "iq2_s", "iq4_xs", "i8",
      "i16",    "i32",     "i64",   "f64",    "iq1_m", "?",     "?",      "?",
      "?",      "tq1_0",   "tq2_0", "?",      "?",     "?",     "mxfp4",  "nvfp4"};
  const uint32_t index = number - kFirst;
  return number >= kFirst && index < kNames.size() ? kNames[index] : "?";
}

std::string supported_types() {
  std::string names;
  for (const BlockType& each : kBlockTypes) {
    if (each.gguf_number < 0) continue;
    names += names.empty() ? "" : ", ";
    names += each.name;
  }
  return names;
}

TensorEntry read_tensor(ByteReader& reader) {
  TensorEntry entry;
  entry.name = read_name(reader, "a tensor's name");
  const auto dimensions = reader.number<uint32_t>("a tensor's dimensions");
  if (dimensions < 1 || dimensions > kDimensionsMax) {
    refuse(reader.file(), "tensor {} has {} dimensions, allowed are 1 to {}", entry.name,
           dimensions, kDimensionsMax);
  }
  for (uint32_t i = 0; i < dimensions; ++i) {
    entry.shape.push_back(reader.number<uint64_t>("a tensor's shape"));
  }
  while (entry.shape.size() > 1 && entry.shape.back() == 1)
    entry.shape.pop_back();

  const auto type = reader.number<uint32_t>("a tensor's type");
  const auto known = type_of_number(type);
  if (!known) {
    refuse(reader.file(), "tensor {} is of type {} ({}), which is not supported; supported: {}",
           entry.name, other_type_name(type), type, supported_types());
  }
  entry.type = *known;
  const auto bytes = tensor_bytes(entry.type, entry.shape);
  if (!bytes || *bytes == 0) {
    refuse(reader.file(), "tensor {} of type {} cannot have the shape [{}]", entry.name,
           name_of(entry.type), fmt::join(entry.shape, ", "));
  }
  entry.bytes = *bytes;
  entry.offset = reader.number<uint64_t>("a tensor's offset");  // still from the data's start
  return entry;
}

uint64_t read_count(ByteReader& reader, const char* what) {
  const auto count = reader.number<uint64_t>(what);
  if (count > kEntriesInFileMax) {
    refuse(reader.file(), "{} is {}, allowed are {}", what, count, kEntriesInFileMax);
  }
  return count;
}

void check_version(ByteReader& reader) {
  if (reader.text(4, "the magic number") != "GGUF") refuse(reader.file(), "is no GGUF file");
  const auto version = reader.number<uint32_t>("the version");
  if (version == 2U << 24 || version == 3U << 24) {
    refuse(reader.file(), "is a big-endian GGUF file; little-endian ones are supported");
  }
  if (version != 2 && version != 3) {
    refuse(reader.file(), "has GGUF version {}; 2 and 3 are supported", version);
  }
}

}  // namespace

GgufFile::GgufFile(const SourceFile& source) : name_(source.name) {
  ByteReader reader(source.name, source.bytes);
  check_version(reader);
  const uint64_t tensors = read_count(reader, "the number of tensors");
  const uint64_t pairs = read_count(reader, "the number of keys");
  read_metadata(reader, pairs);
  read_tensors(reader, tensors);
  place_tensors(reader.position(), source.bytes.size());
}

void GgufFile::read_metadata(ByteReader& reader, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    const std::string key = read_name(reader, "a key");
    if (!values_.emplace(key, read_value(reader, key)).second) {
      refuse(name_, "key {} stands twice", in_quotes(key));
    }
  }
}

void GgufFile::read_tensors(ByteReader& reader, uint64_t count) {
  std::unordered_set<std::string> names;
  for (uint64_t i = 0; i < count; ++i) {
    tensors_.push_back(read_tensor(reader));
    if (!names.insert(tensors_.back().name).second) {
      refuse(name_, "tensor {} stands twice", tensors_.back().name);
    }
  }
}

void GgufFile::place_tensors(uint64_t header_end, uint64_t file_bytes) {
  const uint64_t alignment = whole("general.alignment").value_or(32);
  if (!std::has_single_bit(alignment) || alignment > kAlignmentMax) {
    refuse(name_, "general.alignment is {}, allowed is a power of two up to {}", alignment,
           kAlignmentMax);
  }
  // No overflow: the header lies inside the file, and the alignment is small.
  const uint64_t data = (header_end + alignment - 1) / alignment * alignment;
  for (TensorEntry& tensor : tensors_) {
    uint64_t end = 0;
    const bool overflows = __builtin_add_overflow(tensor.offset, data, &tensor.offset) ||
                           __builtin_add_overflow(tensor.offset, tensor.bytes, &end);
    if (overflows || end > file_bytes) {
      refuse(name_, "tensor {} of {} bytes at byte {} does not end inside the file of {} bytes",
             tensor.name, tensor.bytes, tensor.offset, file_bytes);
    }
    if (tensor.offset % alignment != 0) {
      refuse(name_, "tensor {} begins at byte {}, which is no multiple of the alignment {}",
             tensor.name, tensor.offset, alignment);
    }
  }
}

}  // namespace suan::engine
