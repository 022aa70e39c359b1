#include <cstring>

#include "engine/weights/byte_reader.h"
#include "engine/weights/checks.h"
#include "engine/weights/gguf.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

template <typename Number>
Number number_at(const GgufValue& value, uint64_t index = 0) {
  Number number{};
  std::memcpy(&number, value.bytes.data() + index * sizeof number, sizeof number);
  return number;
}

/// Any whole number; nothing for other types.
std::optional<int64_t> whole_of(const GgufValue& value) {
  switch (value.type) {
    case GgufType::U8:
      return number_at<uint8_t>(value);
    case GgufType::I8:
      return number_at<int8_t>(value);
    case GgufType::U16:
      return number_at<uint16_t>(value);
    case GgufType::I16:
      return number_at<int16_t>(value);
    case GgufType::U32:
      return number_at<uint32_t>(value);
    case GgufType::I32:
      return number_at<int32_t>(value);
    case GgufType::I64:
      return number_at<int64_t>(value);
    case GgufType::U64: {
      const auto wide = number_at<uint64_t>(value);
      return wide > INT64_MAX ? INT64_MAX : static_cast<int64_t>(wide);
    }
    default:
      return std::nullopt;
  }
}

[[noreturn]] void refuse_type(const std::string& file,
                              const std::string& key,
                              const GgufValue& value,
                              const char* wanted) {
  refuse(file, "key {} has type {}, {} is expected", in_quotes(key),
         static_cast<uint32_t>(value.type), wanted);
}

}  // namespace

const GgufValue* GgufFile::value(const std::string& key) const {
  const auto found = values_.find(key);
  return found != values_.end() ? &found->second : nullptr;
}

const GgufValue* GgufFile::array(const std::string& key, GgufType element) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return nullptr;
  if (found->type != GgufType::Array || found->element != element) {
    refuse(name_, "key {} is no array of elements of type {}", in_quotes(key),
           static_cast<uint32_t>(element));
  }
  if (found->count > kVocabularyMax) {  // all arrays that are read belong to the vocabulary
    refuse(name_, "key {} has {} elements, allowed are {}", in_quotes(key), found->count,
           kVocabularyMax);
  }
  return found;
}

std::optional<uint32_t> GgufFile::whole(const std::string& key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  const auto number = whole_of(*found);
  if (!number) refuse_type(name_, key, *found, "a whole number");
  if (*number < 0 || *number > UINT32_MAX) {
    refuse(name_, "key {} is {}, allowed is 0 to {}", in_quotes(key), *number, UINT32_MAX);
  }
  return static_cast<uint32_t>(*number);
}

std::optional<float> GgufFile::real(const std::string& key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (found->type == GgufType::F64) return static_cast<float>(number_at<double>(*found));
  if (found->type != GgufType::F32) refuse_type(name_, key, *found, "a real number");
  return number_at<float>(*found);
}

std::optional<bool> GgufFile::truth(const std::string& key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (found->type != GgufType::Bool) refuse_type(name_, key, *found, "true or false");
  return number_at<uint8_t>(*found) != 0;
}

std::optional<std::string_view> GgufFile::text(const std::string& key) const {
  const GgufValue* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (found->type != GgufType::String) refuse_type(name_, key, *found, "a string");
  ByteReader reader(name_, found->bytes);
  return reader.text(reader.number<uint64_t>(key), key);
}

std::vector<std::string_view> GgufFile::texts(const std::string& key) const {
  std::vector<std::string_view> texts;
  const GgufValue* found = array(key, GgufType::String);
  if (found == nullptr) return texts;
  ByteReader reader(name_, found->bytes);
  texts.reserve(found->count);
  for (uint64_t i = 0; i < found->count; ++i) {
    texts.push_back(reader.text(reader.number<uint64_t>(key), key));
  }
  return texts;
}

std::vector<float> GgufFile::reals(const std::string& key) const {
  std::vector<float> numbers;
  const GgufValue* found = array(key, GgufType::F32);
  if (found == nullptr) return numbers;
  numbers.reserve(found->count);
  for (uint64_t i = 0; i < found->count; ++i)
    numbers.push_back(number_at<float>(*found, i));
  return numbers;
}

std::vector<int32_t> GgufFile::wholes(const std::string& key) const {
  std::vector<int32_t> numbers;
  const GgufValue* found = array(key, GgufType::I32);
  if (found == nullptr) return numbers;
  numbers.reserve(found->count);
  for (uint64_t i = 0; i < found->count; ++i)
    numbers.push_back(number_at<int32_t>(*found, i));
  return numbers;
}

}  // namespace suan::engine
