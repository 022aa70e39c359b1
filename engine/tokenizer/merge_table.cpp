#include "engine/tokenizer/merge_table.h"

#include "engine/tokenizer/piece_table.h"
#include "engine/tokenizer/pieces.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

PieceTable pieces_that_merge(const Vocabulary& vocabulary) {
  PieceTable ids(vocabulary.pieces.size());
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    const uint8_t type = vocabulary.types[id];
    if (type != kNormalPiece && type != kUserDefinedPiece) continue;
    ids.add(vocabulary.pieces[id], static_cast<int32_t>(id));
  }
  return ids;
}

}  // namespace

MergeTable read_merges(const Vocabulary& vocabulary) {
  const PieceTable ids = pieces_that_merge(vocabulary);
  MergeTable table(vocabulary.merges.size());
  std::string joint;
  for (uint32_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const std::string_view merge = vocabulary.merges[rank];
    const size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos) {
      throw ModelError(fmt::format("merge {}, {}, has no space", rank, in_quotes(merge)));
    }
    joint.assign(merge.substr(0, space)).append(merge.substr(space + 1));
    const int32_t left = ids.find(merge.substr(0, space));
    const int32_t right = ids.find(merge.substr(space + 1));
    const int32_t token = ids.find(joint);
    if (left < 0 || right < 0 || token < 0) {
      throw ModelError(
          fmt::format("merge {}, {}, joins or makes what is no piece", rank, in_quotes(merge)));
    }
    table.add(left, right, {rank, token});
  }
  return table;
}

}  // namespace suan::engine
