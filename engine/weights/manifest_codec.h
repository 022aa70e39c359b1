#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/weights/manifest.h"

namespace suan::engine {

/// What the reader process answers: a manifest, or why there is none.
struct ReaderAnswer {
  Manifest manifest;
  std::string refusal;  // empty: the manifest counts
};

/// Bytes for a pipe between two processes of one program; never kept.
[[nodiscard]] std::vector<unsigned char> encode(const ReaderAnswer& answer);

/// Trusts nothing: lengths are bounded by the bytes that are there, enumerators by their lists.
/// What the fields mean is for `check_manifest`.
///
/// Errors:   ModelError when the bytes are not what `encode` makes
[[nodiscard]] ReaderAnswer decode_answer(std::span<const unsigned char> bytes);

}  // namespace suan::engine
