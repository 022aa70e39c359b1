#include "engine/tokenizer/special_tokens.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/unicode.h"
#include "engine/weights/model_file.h"

namespace suan::engine {
namespace {

constexpr size_t kSpecialBytesMax = 512;

bool is_tag(std::string_view piece) {
  return piece.size() > 2 && piece.front() == '<' && piece.back() == '>';
}

bool is_markup_alone(uint8_t type, std::string_view piece) {
  return type == kControlPiece || type == kUnknownPiece || is_tag(piece);
}

bool is_special(uint8_t type) {
  return type == kControlPiece || type == kUnknownPiece || type == kUserDefinedPiece;
}

/// Where the markup around a position ends; positions are asked for in rising order.
class MarkupEnds {
 public:
  explicit MarkupEnds(std::span<const ByteRange> ranges) : ranges_(ranges) {}

  /// Bytes of markup from `at` on, over ranges that touch; 0: not in markup.
  size_t bytes_from(size_t at) {
    while (next_ < ranges_.size() && end_ <= at) {
      const ByteRange& range = ranges_[next_];
      assert(next_ == 0 || range.first >= end_);
      if (range.first > at) return 0;
      end_ = range.first + range.count;
      ++next_;
      while (next_ < ranges_.size() && ranges_[next_].first == end_) {
        end_ += ranges_[next_++].count;
      }
    }
    return end_ > at ? end_ - at : 0;
  }

 private:
  std::span<const ByteRange> ranges_;
  size_t next_ = 0;
  size_t end_ = 0;
};

bool holds(const std::vector<int32_t>& tokens, int32_t token) {
  return std::ranges::binary_search(tokens, token);
}

std::vector<int32_t> sorted(std::vector<int32_t> tokens) {
  std::ranges::sort(tokens);
  return tokens;
}

}  // namespace

SpecialTokens::SpecialTokens(const Vocabulary& vocabulary)
    : strips_left_(sorted(vocabulary.strips_left)),
      strips_right_(sorted(vocabulary.strips_right)) {
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    const std::string_view piece = vocabulary.pieces[id];
    const uint8_t type = vocabulary.types[id];
    if (!is_special(type) || piece.empty()) continue;
    if (piece.size() > kSpecialBytesMax) {
      throw ModelError(fmt::format("special token {} has {} bytes, allowed are {}", id,
                                   piece.size(), kSpecialBytesMax));
    }
    words_.push_back({piece, static_cast<int32_t>(id), is_markup_alone(type, piece)});
    begins_[static_cast<unsigned char>(piece.front())] = true;
  }
  std::ranges::sort(words_, {}, &Word::text);
  nodes_.emplace_back();
  add_children(0, 0, words_.size(), 0);
}

/// Words [first, last) share their first `depth` bytes, which lead to `node`. The recursion is as
/// deep as a word is long.
void SpecialTokens::add_children(size_t node, size_t first, size_t last, size_t depth) {
  if (first < last && words_[first].text.size() == depth) {
    nodes_[node].word = static_cast<int32_t>(first++);
  }
  std::vector<size_t> groups;  // where each next byte begins
  for (size_t i = first; i < last; ++i) {
    if (i == first || words_[i].text[depth] != words_[i - 1].text[depth]) groups.push_back(i);
  }
  const size_t children = nodes_.size();
  nodes_[node].first_child = static_cast<uint32_t>(children);
  nodes_[node].children = static_cast<uint16_t>(groups.size());
  for (const size_t group : groups) {
    nodes_.push_back({.byte = static_cast<unsigned char>(words_[group].text[depth])});
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    const size_t end = i + 1 < groups.size() ? groups[i + 1] : last;
    add_children(children + i, groups[i], end, depth + 1);
  }
}

const SpecialTokens::Node* SpecialTokens::child(const Node& node, unsigned char byte) const {
  const auto first = nodes_.begin() + node.first_child;
  const auto last = first + node.children;
  const auto found = std::ranges::lower_bound(first, last, byte, {}, &Node::byte);
  return found != last && found->byte == byte ? &*found : nullptr;
}

/// The longest word at the start of `text`, of whose bytes the first `markup_bytes` are markup.
const SpecialTokens::Word* SpecialTokens::longest(std::string_view text,
                                                  size_t markup_bytes) const {
  const Word* best = nullptr;
  const Node* node = nodes_.data();
  for (const char c : text) {
    node = child(*node, static_cast<unsigned char>(c));
    if (node == nullptr) break;
    if (node->word < 0) continue;
    const Word& word = words_[static_cast<size_t>(node->word)];
    if (!word.is_markup || word.text.size() <= markup_bytes) best = &word;
  }
  return best;
}

std::vector<TextPart> SpecialTokens::split(std::string_view text,
                                           std::span<const ByteRange> markup) const {
  std::vector<TextPart> parts;
  MarkupEnds ends(markup);
  size_t plain = 0;  // where the text before the next token begins
  for (size_t at = 0; at < text.size();) {
    if (!begins_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const Word* word = longest(text.substr(at), ends.bytes_from(at));
    if (word == nullptr) {
      ++at;
      continue;
    }
    std::string_view before = text.substr(plain, at - plain);
    if (holds(strips_left_, word->token)) before = without_space_after(before);
    if (!before.empty()) parts.push_back({before, -1});
    parts.push_back({{}, word->token});
    at += word->text.size();
    if (holds(strips_right_, word->token)) {
      at = text.size() - without_space_before(text.substr(at)).size();
    }
    plain = at;
  }
  if (plain < text.size()) parts.push_back({text.substr(plain), -1});
  return parts;
}

}  // namespace suan::engine
