#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "tests/support/mutants.h"

namespace suan::testing {
namespace {

// Types of GGUF's values, by number.
constexpr uint32_t kF32 = 6;
constexpr uint32_t kString = 8;
constexpr uint32_t kArray = 9;

size_t bytes_of_type(uint32_t type) {
  constexpr size_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return kBytes[type];
}

/// Walks over a valid file and lies about each field on the way.
class GgufLiar {
 public:
  GgufLiar(const std::string& file, std::string_view bytes) : file_(file), bytes_(bytes) {}

  void lie_about_all() {
    replace("magic", {"GGML", "\xFFGUF", std::string(4, '\0')});
    numbers<uint32_t>("version", {0, 1, 2, 4, 3U << 24, UINT32_MAX});
    const auto tensors = count("tensor count");
    const auto keys = count("key count");
    for (uint64_t i = 0; i < keys; ++i)
      key();
    for (uint64_t i = 0; i < tensors; ++i)
      tensor();
    data();
  }

  [[nodiscard]] Mutants& mutants() { return mutants_; }

 private:
  void key() {
    name("key name", last_key_);
    const auto type = numbers<uint32_t>("value type", {0, 3, 4, 6, 8, 9, 12, 13, UINT32_MAX});
    if (type == kArray) {
      array();
    } else {
      value(type);
    }
  }

  void array() {
    const auto type = numbers<uint32_t>("element type", {0, 4, 5, 6, 8, 9, UINT32_MAX});
    const auto elements = count("array length");
    for (uint64_t i = 0; i < elements; ++i) {
      if (i % 97 < 2) {
        value(type);
      } else {
        skip(type);
      }
    }
  }

  void skip(uint32_t type) {
    if (type == kString) {
      at_ += sizeof(uint64_t) + number<uint64_t>();
    } else {
      at_ += bytes_of_type(type);
    }
  }

  void value(uint32_t type) {
    if (type == kString) return text();
    if (type == kF32) {
      constexpr float kInfinity = std::numeric_limits<float>::infinity();
      numbers<float>("real", {NAN, kInfinity, -kInfinity, -1, 0, 1e30F, 1e-30F});
    } else if (bytes_of_type(type) == 4) {
      const auto now = number<uint32_t>();
      numbers<uint32_t>("whole",
                        {0, 1, now + 1, now - 1, 2 * now, 1 << 20, INT32_MAX, UINT32_MAX});
    } else {
      replace("small value", {std::string(bytes_of_type(type), '\xFF'),
                              std::string(bytes_of_type(type), '\0')});
    }
  }

  void text() {
    const auto length = count("string length");
    if (length > 0) {
      erase_one("text", {"\xFF", "\xC0\x80", std::string(1, '\0'), "{%", "\n"});
    }
    at_ += length;
  }

  void tensor() {
    name("tensor name", last_tensor_);
    const auto dimensions = numbers<uint32_t>("dimensions", {0, 1, 2, 3, 5, UINT32_MAX});
    for (uint32_t i = 0; i < dimensions; ++i) {
      const auto now = number<uint64_t>();
      numbers<uint64_t>("shape", {0, 1, now + 1, now - 1, 2 * now, uint64_t{1} << 32,
                                  uint64_t{1} << 62, UINT64_MAX});
    }
    numbers<uint32_t>("tensor type", {0, 1, 2, 8, 10, 12, 14, 30, 39, UINT32_MAX});
    const auto now = number<uint64_t>();
    numbers<uint64_t>("offset", {0, last_offset_, now + 1, now + 32, now - 32, bytes_.size(),
                                 uint64_t{1} << 63, UINT64_MAX - 31});
    last_offset_ = now;
  }

  void data() {
    at_ = (at_ + 31) / 32 * 32;
    const size_t floats = (bytes_.size() - at_) / sizeof(float);
    for (size_t share = 0; share < 8 && floats > 0; ++share) {
      const size_t at = at_ + floats * share / 8 * sizeof(float);
      add("no number", at, sizeof(float), bytes_of(float{NAN}));
      add_truncation(mutants_, file_, bytes_, at);
    }
  }

  /// A length, and the same letters as the one before where they are as many.
  void name(const char* kind, std::string& last) {
    const auto length = count("name length");
    const std::string now(bytes_.substr(at_, length));
    if (now.size() == last.size()) add(kind, at_, length, last);
    erase_one(kind, {"\xFF", " ", "\n", "_"});
    last = now;
    at_ += length;
  }

  uint64_t count(const char* kind) {
    const auto now = number<uint64_t>();
    return numbers<uint64_t>(kind, {0, 1, now + 1, now - 1, uint64_t{1} << 31,
                                    uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX});
  }

  template <typename Number>
  Number numbers(const char* kind, const std::vector<Number>& lies) {
    const auto now = number<Number>();
    for (const Number lie : lies) {
      const std::string bytes = bytes_of(lie);
      if (bytes != bytes_of(now)) add(kind, at_, sizeof now, bytes);
    }
    add_truncation(mutants_, file_, bytes_, at_ + 1);
    at_ += sizeof now;
    return now;
  }

  void replace(const char* kind, const std::vector<std::string>& lies) {
    for (const std::string& lie : lies)
      add(kind, at_, lie.size(), lie);
    at_ += lies[0].size();
  }

  /// Each in the place of the first byte, so that lengths stay right.
  void erase_one(const char* kind, const std::vector<std::string>& lies) {
    for (const std::string& lie : lies)
      add(kind, at_, lie.size(), lie);
  }

  void add(const std::string& kind, size_t at, size_t erased, const std::string& by) {
    mutants_.push_back({.kind = kind,
                        .what = fmt::format("{} at byte {}", kind, at),
                        .file = file_,
                        .at = at,
                        .erased = erased,
                        .inserted = by});
  }

  template <typename Number>
  [[nodiscard]] Number number() const {
    Number value{};
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    return value;
  }

  std::string file_;
  std::string_view bytes_;
  size_t at_ = 0;
  Mutants mutants_;
  std::string last_key_;
  std::string last_tensor_;
  uint64_t last_offset_ = 0;
};

}  // namespace

Mutants mutants_of_gguf(const std::string& file, const std::string& bytes) {
  GgufLiar liar(file, bytes);
  liar.lie_about_all();
  return std::move(liar.mutants());
}

}  // namespace suan::testing
