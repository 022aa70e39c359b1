#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/tokenizer/marked_text.h"
#include "engine/weights/manifest.h"

namespace suan::engine {

/// A part of a text: plain text, or one token that its letters stand for.
struct TextPart {
  std::string_view text;
  int32_t token = -1;  // -1: plain text
};

/// Finds the tokens that stand in texts as they are written, before anything is split or merged.
///
/// Everywhere: user-defined pieces ("added tokens" that are no special ones). Inside markup alone:
/// control and unknown pieces, and user-defined ones that are written like a tag (`<think>`), since
/// chat templates use those as markup too. The leftmost match counts, of several the longest.
/// Source:   huggingface/tokenizers `AddedVocabulary`; llama.cpp `tokenizer_st_partition`
class SpecialTokens {
 public:
  /// Views into `vocabulary`, which outlives it.
  ///
  /// Errors:   ModelError for a special token of more than 512 bytes
  explicit SpecialTokens(const Vocabulary& vocabulary);

  /// The parts of `text` in order; no part of text is empty. O(bytes * longest special token), and
  /// in practice one look at each byte.
  [[nodiscard]] std::vector<TextPart> split(std::string_view text,
                                            std::span<const ByteRange> markup) const;

 private:
  struct Word {
    std::string_view text;
    int32_t token = -1;
    bool is_markup = false;
  };

  /// A node's children lie side by side, in the order of their bytes.
  struct Node {
    uint32_t first_child = 0;
    uint16_t children = 0;
    unsigned char byte = 0;
    int32_t word = -1;  // that ends here
  };

  void add_children(size_t node, size_t first, size_t last, size_t depth);
  [[nodiscard]] const Node* child(const Node& node, unsigned char byte) const;
  [[nodiscard]] const Word* longest(std::string_view text, size_t markup_bytes) const;

  std::vector<Word> words_;  // sorted
  std::vector<Node> nodes_;  // the root first
  std::array<bool, 256> begins_{};
  std::vector<int32_t> strips_left_;
  std::vector<int32_t> strips_right_;
};

}  // namespace suan::engine
