#include "engine/weights/gguf_writer.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "engine/weights/gguf.h"

namespace suan::engine {
namespace {

constexpr uint64_t kAlignment = 32;

template <typename Number>
void append(std::string& bytes, Number value) {
  static_assert(std::is_arithmetic_v<Number>);
  const size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

void append_text(std::string& bytes, std::string_view text) {
  append(bytes, uint64_t{text.size()});
  bytes += text;
}

uint32_t number_of(GgufType type) {
  return static_cast<uint32_t>(type);
}

void append_array(std::string& bytes, GgufType element, uint64_t count) {
  append(bytes, number_of(element));
  append(bytes, count);
}

uint64_t padded(uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

void GgufWriter::key(std::string_view key, uint32_t type) {
  append_text(keys_, key);
  append(keys_, type);
  ++key_count_;
}

void GgufWriter::whole(std::string_view key, uint32_t value) {
  this->key(key, number_of(GgufType::U32));
  append(keys_, value);
}

void GgufWriter::short_whole(std::string_view key, uint16_t value) {
  this->key(key, number_of(GgufType::U16));
  append(keys_, value);
}

void GgufWriter::signed_whole(std::string_view key, int32_t value) {
  this->key(key, number_of(GgufType::I32));
  append(keys_, value);
}

void GgufWriter::real(std::string_view key, float value) {
  this->key(key, number_of(GgufType::F32));
  append(keys_, value);
}

void GgufWriter::truth(std::string_view key, bool value) {
  this->key(key, number_of(GgufType::Bool));
  append(keys_, static_cast<uint8_t>(value));
}

void GgufWriter::text(std::string_view key, std::string_view value) {
  this->key(key, number_of(GgufType::String));
  append_text(keys_, value);
}

void GgufWriter::texts(std::string_view key, const std::vector<std::string>& values) {
  this->key(key, number_of(GgufType::Array));
  append_array(keys_, GgufType::String, values.size());
  for (const std::string& value : values)
    append_text(keys_, value);
}

void GgufWriter::reals(std::string_view key, const std::vector<float>& values) {
  this->key(key, number_of(GgufType::Array));
  append_array(keys_, GgufType::F32, values.size());
  for (const float value : values)
    append(keys_, value);
}

void GgufWriter::wholes(std::string_view key, const std::vector<uint8_t>& values) {
  this->key(key, number_of(GgufType::Array));
  append_array(keys_, GgufType::I32, values.size());
  for (const uint8_t value : values)
    append(keys_, int32_t{value});
}

void GgufWriter::tensor(std::string_view name,
                        TensorType type,
                        const std::vector<uint64_t>& shape) {
  const auto bytes = tensor_bytes(type, shape);
  assert(bytes.has_value());
  assert(block_type(type).gguf_number >= 0);
  append_text(entries_, name);
  append(entries_, static_cast<uint32_t>(shape.size()));
  for (const uint64_t extent : shape)
    append(entries_, extent);
  append(entries_, static_cast<uint32_t>(block_type(type).gguf_number));
  append(entries_, data_bytes_);
  sizes_.push_back(*bytes);
  data_bytes_ += padded(*bytes);
}

void GgufWriter::begin_data() {
  std::string head = "GGUF";
  append(head, uint32_t{3});
  append(head, uint64_t{sizes_.size()});
  append(head, key_count_);
  file_.reserve(padded(head.size() + keys_.size() + entries_.size()) + data_bytes_);
  file_.write(head);
  file_.write(keys_);
  file_.write(entries_);
  file_.pad(kAlignment);
}

void GgufWriter::write(std::span<const unsigned char> bytes) {
  while (!bytes.empty()) {
    assert(current_ < sizes_.size());
    const auto count = std::min<uint64_t>(bytes.size(), sizes_[current_] - written_);
    file_.write(bytes.first(count));
    bytes = bytes.subspan(count);
    written_ += count;
    if (written_ < sizes_[current_]) continue;
    file_.pad(kAlignment);
    ++current_;
    written_ = 0;
  }
}

void GgufWriter::finish() {
  assert(current_ == sizes_.size());
  file_.finish();
}

}  // namespace suan::engine
