#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace suan::engine {

/// Token types of GGUF (`tokenizer.ggml.token_type`).
constexpr uint8_t kNormalPiece = 1;
constexpr uint8_t kUnknownPiece = 2;
constexpr uint8_t kControlPiece = 3;
constexpr uint8_t kUserDefinedPiece = 4;
constexpr uint8_t kUnusedPiece = 5;
constexpr uint8_t kBytePiece = 6;

/// U+2581, which stands for a space inside pieces.
constexpr std::string_view kSpaceMark = "\xE2\x96\x81";

/// The byte of `<0xHH>`: exactly two hexadecimal digits (M5).
[[nodiscard]] std::optional<uint8_t> byte_of_piece(std::string_view piece);

/// Byte or normal, for vocabularies that store no types.
[[nodiscard]] uint8_t type_of_piece(std::string_view piece);

[[nodiscard]] std::string with_marked_spaces(std::string_view text);
[[nodiscard]] std::string with_plain_spaces(std::string_view piece);

}  // namespace suan::engine
