#include "engine/tokenizer/score_merges.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "engine/tokenizer/pieces.h"
#include "engine/tokenizer/utf8.h"
#include "engine/weights/model_file.h"

namespace suan::engine {
namespace {

constexpr size_t kPieceBytesMax = 512;  // the search for ways is quadratic in it
constexpr size_t kWaysMax = 1 << 24;

struct Way {
  int32_t left = -1;
  int32_t right = -1;
  int32_t token = -1;
};

bool is_made_from_text(const Vocabulary& vocabulary, size_t id) {
  return vocabulary.types[id] == kNormalPiece || vocabulary.types[id] == kUserDefinedPiece;
}

void check_lengths(const Vocabulary& vocabulary) {
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    const size_t bytes = vocabulary.pieces[id].size();
    if (!is_made_from_text(vocabulary, id) || bytes <= kPieceBytesMax) continue;
    throw ModelError(
        fmt::format("piece {} has {} bytes, allowed are {}", id, bytes, kPieceBytesMax));
  }
}

PieceTable numbered(const Vocabulary& vocabulary, const std::vector<std::string_view>& loose) {
  PieceTable ids(vocabulary.pieces.size() + loose.size());
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (is_made_from_text(vocabulary, id)) {
      ids.add(vocabulary.pieces[id], static_cast<int32_t>(id));
    }
  }
  for (size_t i = 0; i < loose.size(); ++i)
    ids.add(loose[i], static_cast<int32_t>(vocabulary.pieces.size() + i));
  return ids;
}

template <typename Visit>
void for_each_character(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const size_t bytes = bytes_of_character(text);
    visit(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
}

std::vector<std::string_view> loose_characters(const Vocabulary& vocabulary) {
  const PieceTable ids = numbered(vocabulary, {});
  std::vector<std::string_view> loose;
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (!is_made_from_text(vocabulary, id)) continue;
    for_each_character(vocabulary.pieces[id], [&](std::string_view character) {
      if (ids.find(character) < 0) loose.push_back(character);
    });
  }
  std::ranges::sort(loose);
  loose.erase(std::unique(loose.begin(), loose.end()), loose.end());
  return loose;
}

std::vector<Way> ways_to_pieces(const Vocabulary& vocabulary, const PieceTable& ids) {
  std::vector<Way> ways;
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    if (!is_made_from_text(vocabulary, id)) continue;
    const std::string_view piece = vocabulary.pieces[id];
    for (size_t cut = bytes_of_character(piece); cut < piece.size();
         cut += bytes_of_character(piece.substr(cut))) {
      const int32_t left = ids.find(piece.substr(0, cut));
      const int32_t right = left >= 0 ? ids.find(piece.substr(cut)) : -1;
      if (right >= 0) ways.push_back({left, right, static_cast<int32_t>(id)});
    }
    if (ways.size() > kWaysMax) {
      throw ModelError(fmt::format("there are more than {} ways to make pieces", kWaysMax));
    }
  }
  return ways;
}

MergeTable ranked(std::vector<Way> ways, const std::vector<float>& scores) {
  const auto score = [&](const Way& way) { return scores[static_cast<size_t>(way.token)]; };
  std::ranges::stable_sort(ways, std::greater<>(), score);
  MergeTable merges(ways.size());
  uint32_t rank = 0;
  for (size_t i = 0; i < ways.size(); ++i) {
    if (i > 0 && score(ways[i]) < score(ways[i - 1])) ++rank;
    merges.add(ways[i].left, ways[i].right, {rank, ways[i].token});
  }
  return merges;
}

}  // namespace

ScoredMerges merges_of(const Vocabulary& vocabulary) {
  check_lengths(vocabulary);
  if (!vocabulary.merges.empty()) {
    return {numbered(vocabulary, {}), {}, read_merges(vocabulary)};
  }
  auto loose = loose_characters(vocabulary);
  auto ids = numbered(vocabulary, loose);
  auto ways = ways_to_pieces(vocabulary, ids);
  return {std::move(ids), std::move(loose), ranked(std::move(ways), vocabulary.scores)};
}

size_t bytes_of_character(std::string_view text) {
  const Utf8Sequence sequence = first_utf8_sequence(text);
  return sequence.state == Utf8State::Whole ? sequence.bytes : 1;
}

}  // namespace suan::engine
