#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace suan::engine {

/// Guesses what follows a text by looking up its last few tokens further up in it: quotations,
/// code that is edited, and loops come again.
///
/// Takes the latest place among those that agree longest (2 to 4 tokens) and fills `draft` with
/// `count` tokens from behind it; empty when there is none. Looks back over 16,384 tokens at the
/// most, so the work is bounded.
/// Source:   prompt lookup decoding (A. Saxena, 2023)
void draft_from_text(std::span<const int32_t> text, size_t count, std::vector<int32_t>& draft);

}  // namespace suan::engine
