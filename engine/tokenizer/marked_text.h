#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace suan::engine {

struct ByteRange {
  size_t first = 0;
  size_t count = 0;
};

/// A prompt that remembers who wrote what: `markup` are the bytes that a chat template wrote itself,
/// everything else came from users, files or models.
///
/// Special tokens inside markup become their ids; elsewhere the same letters stay text (J9).
/// Requires: the ranges are sorted, do not overlap, and lie inside `text`. A special token may
///           span ranges that touch.
struct MarkedText {
  std::string text;
  std::vector<ByteRange> markup;
};

}  // namespace suan::engine
