#include "engine/weights/safetensors.h"

#include <algorithm>

#include "engine/weights/byte_reader.h"
#include "engine/weights/checks.h"
#include "engine/weights/json_walk.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr uint64_t kHeaderBytesMax = 100'000'000;

/// A tensor's object as it is read, field by field.
struct Fields {
  std::string name;
  std::string dtype;
  std::vector<uint64_t> shape;
  std::vector<uint64_t> offsets;
};

TensorType type_of(const std::string& file, const Fields& fields) {
  std::string supported;
  for (const BlockType& each : kBlockTypes) {
    if (*each.safetensors == '\0') continue;
    if (fields.dtype == each.safetensors) return each.type;
    supported += supported.empty() ? "" : ", ";
    supported += each.safetensors;
  }
  refuse(file, "tensor {} has dtype {}, which is not supported; supported: {}",
         in_quotes(fields.name), in_quotes(fields.dtype), supported);
}

/// Offsets still count from the data's start.
TensorEntry entry_of(const std::string& file, const Fields& fields) {
  TensorEntry entry;
  entry.name = fields.name;
  entry.type = type_of(file, fields);
  entry.shape.assign(fields.shape.rbegin(), fields.shape.rend());
  const auto bytes = tensor_bytes(entry.type, entry.shape);
  if (!bytes || *bytes == 0 || entry.shape.size() > kDimensionsMax) {
    refuse(file, "tensor {} cannot have the shape [{}]", in_quotes(fields.name),
           fmt::join(fields.shape, ", "));
  }
  if (fields.offsets.size() != 2) {
    refuse(file, "tensor {} has {} data_offsets instead of 2", in_quotes(fields.name),
           fields.offsets.size());
  }
  entry.offset = fields.offsets[0];
  entry.bytes = *bytes;
  uint64_t end = 0;
  if (__builtin_add_overflow(entry.offset, entry.bytes, &end) || end != fields.offsets[1]) {
    refuse(file, "tensor {} has data_offsets [{}, {}], but type and shape need {} bytes",
           in_quotes(fields.name), fields.offsets[0], fields.offsets[1], entry.bytes);
  }
  return entry;
}

/// Gathers the header's scalars into tensors.
class Header {
 public:
  explicit Header(std::string file) : file_(std::move(file)) {}

  void visit(std::span<const JsonStep> path, const JsonScalar& value) {
    if (path[0].key == "__metadata__") return;
    if (path.size() == 1) refuse(file_, "tensor {} is no object", in_quotes(path[0].key));
    if (path[0].key != current_.name) {
      finish();
      current_.name = path[0].key;
    }
    const std::string& field = path[1].key;
    if (field == "dtype" && path.size() == 2 && value.kind == JsonScalar::Kind::Text) {
      current_.dtype = value.text;
    } else if (field == "shape" && path.size() == 3) {
      current_.shape.push_back(whole(value, field, kDimensionsMax, current_.shape.size()));
    } else if (field == "data_offsets" && path.size() == 3) {
      current_.offsets.push_back(whole(value, field, 2, current_.offsets.size()));
    } else {
      refuse(file_, "tensor {} has an unknown or malformed field {}", in_quotes(current_.name),
             in_quotes(field));
    }
  }

  void finish() {
    if (current_.name.empty()) return;
    if (entries_.size() == kEntriesInFileMax) {
      refuse(file_, "has more than {} tensors", kEntriesInFileMax);
    }
    entries_.push_back(entry_of(file_, current_));
    current_ = {};
  }

  [[nodiscard]] std::vector<TensorEntry>& entries() { return entries_; }

 private:
  [[nodiscard]] uint64_t whole(const JsonScalar& value,
                               const std::string& field,
                               uint64_t elements_max,
                               uint64_t elements) const {
    if (value.kind != JsonScalar::Kind::Whole) {
      refuse(file_, "tensor {} has something else than whole numbers in {}",
             in_quotes(current_.name), field);
    }
    if (elements == elements_max) {
      refuse(file_, "tensor {} has more than {} numbers in {}", in_quotes(current_.name),
             elements_max, field);
    }
    return value.whole;
  }

  std::string file_;
  Fields current_;
  std::vector<TensorEntry> entries_;
};

/// Without gap or overlap, and all of the data: nothing can hide in the file.
void place(std::vector<TensorEntry>& entries, const ByteReader& reader, uint32_t file) {
  std::ranges::sort(entries, {}, &TensorEntry::offset);
  uint64_t expected = 0;
  for (TensorEntry& entry : entries) {
    if (entry.offset != expected) {
      refuse(reader.file(), "tensor {} begins at byte {} of the data, {} was expected",
             in_quotes(entry.name), entry.offset, expected);
    }
    if (entry.bytes > reader.left() - expected) {
      refuse(reader.file(), "tensor {} needs {} bytes at byte {} of the data, which has {}",
             in_quotes(entry.name), entry.bytes, entry.offset, reader.left());
    }
    expected += entry.bytes;
    entry.offset += reader.position();
    entry.file = file;
  }
  if (expected != reader.left()) {
    refuse(reader.file(), "the tensors end at byte {} of the data, which has {}", expected,
           reader.left());
  }
}

}  // namespace

std::vector<TensorEntry> read_safetensors(const SourceFile& source, uint32_t file) {
  ByteReader reader(source.name, source.bytes);
  const auto length = reader.number<uint64_t>("the header's length");
  if (length > kHeaderBytesMax) {
    refuse(source.name, "the header has {} bytes, allowed are {}", length, kHeaderBytesMax);
  }
  const std::string_view text = reader.text(length, "the header");

  Header header(source.name);
  constexpr uint64_t kValuesMax = 16 * kEntriesInFileMax;  // name, dtype, shape, offsets, lists
  walk_json(source.name, text, {.bytes = kHeaderBytesMax, .depth = 3, .values = kValuesMax},
            [&](auto path, const JsonScalar& value) { header.visit(path, value); });
  header.finish();
  place(header.entries(), reader, file);
  return std::move(header.entries());
}

}  // namespace suan::engine
