#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace suan::testing {

/// One change to one file of a valid model: bytes from `at` on are replaced.
struct Mutant {
  std::string kind;  // which sort of lie: `count`, `truncation`, ...
  std::string what;  // for messages
  std::string file;
  size_t at = 0;
  size_t erased = 0;
  std::string inserted{};

  [[nodiscard]] std::string applied_to(std::string_view bytes) const;
};

using Mutants = std::vector<Mutant>;

// Every list is the same on every run. Files are valid: nothing about them is checked.

/// Counts, lengths, types, keys, shapes and offsets of a GGUF file, and where it ends.
[[nodiscard]] Mutants mutants_of_gguf(const std::string& file, const std::string& bytes);

/// Values and members of a JSON text.
[[nodiscard]] Mutants mutants_of_json(const std::string& file, const std::string& text);

/// The header of a safetensors file, as JSON and as bytes, and its data.
[[nodiscard]] Mutants mutants_of_safetensors(const std::string& file, const std::string& bytes);

/// A llama2.c checkpoint: its header and its data.
[[nodiscard]] Mutants mutants_of_llama2c(const std::string& file, const std::string& bytes);

/// `tok512.bin`: scores, lengths and pieces.
[[nodiscard]] Mutants mutants_of_tok512(const std::string& file, const std::string& bytes);

/// At most `count` of them, as many of each kind as there are, spread over the file.
[[nodiscard]] Mutants spread(const Mutants& all, size_t count);

/// Adds to `mutants` one that cuts the file off at `at`.
void add_truncation(Mutants& mutants,
                    const std::string& file,
                    std::string_view bytes,
                    size_t at);

/// A number's bytes, little endian.
template <typename Number>
[[nodiscard]] std::string bytes_of(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace suan::testing
