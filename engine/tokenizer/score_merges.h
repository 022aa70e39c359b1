#pragma once

#include <string_view>
#include <vector>

#include "engine/tokenizer/merge_table.h"
#include "engine/tokenizer/piece_table.h"

namespace suan::engine {

/// How the characters of a text become pieces.
struct ScoredMerges {
  PieceTable ids;                       // pieces that text can become, then loose characters
  std::vector<std::string_view> loose;  // are no pieces, but occur in some
  MergeTable merges;                    // loose ones are numbered after all pieces
};

/// A vocabulary's scores as merges: every way to make a piece of two others, ranked by the made
/// piece's score, equal scores alike. Vocabularies that have merges keep them.
///
/// Holds views into `vocabulary`.
/// Errors: ModelError for pieces of more than 512 bytes, or too many ways to make pieces
[[nodiscard]] ScoredMerges merges_of(const Vocabulary& vocabulary);

/// The bytes of the first character; a byte that begins none stands alone.
[[nodiscard]] size_t bytes_of_character(std::string_view text);

}  // namespace suan::engine
