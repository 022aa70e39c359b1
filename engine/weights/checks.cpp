#include "engine/weights/checks.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "engine/tokenizer/utf8.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

void check_range(const TensorEntry& tensor, const std::vector<FileLength>& files) {
  if (tensor.file >= files.size()) {
    refuse(files[0].name, "tensor {} lies in file {} of {}", in_quotes(tensor.name),
           tensor.file, files.size());
  }
  const FileLength& file = files[tensor.file];
  if (tensor.name.empty() || tensor.name.size() > kNameBytesMax) {
    refuse(file.name, "the name {} has {} bytes, allowed are 1 to {}", in_quotes(tensor.name),
           tensor.name.size(), kNameBytesMax);
  }
  if (tensor.shape.empty() || tensor.shape.size() > kDimensionsMax) {
    refuse(file.name, "tensor {} has {} dimensions, allowed are 1 to {}",
           in_quotes(tensor.name), tensor.shape.size(), kDimensionsMax);
  }
  const auto bytes = tensor_bytes(tensor.type, tensor.shape);
  if (!bytes || *bytes == 0 || *bytes != tensor.bytes) {
    refuse(file.name, "tensor {} has {} bytes, which its type {} and shape [{}] do not give",
           in_quotes(tensor.name), tensor.bytes, name_of(tensor.type),
           fmt::join(tensor.shape, ", "));
  }
  uint64_t end = 0;
  if (__builtin_add_overflow(tensor.offset, tensor.bytes, &end) || end > file.bytes) {
    refuse(file.name,
           "tensor {} of {} bytes at byte {} does not end inside the file of {} bytes",
           in_quotes(tensor.name), tensor.bytes, tensor.offset, file.bytes);
  }
  // The file is mapped at a page, so offsets decide whether kernels can read in place.
  const uint32_t element = block_of(tensor.type).bytes;
  const uint64_t alignment = element == 1 || element == 4 ? element : 2;
  if (tensor.offset % alignment != 0) {
    refuse(file.name, "tensor {} begins at byte {}, which is no multiple of {}",
           in_quotes(tensor.name), tensor.offset, alignment);
  }
}

void check_overlap(const Manifest& manifest, const std::vector<FileLength>& files) {
  std::vector<const TensorEntry*> in_order;
  for (const TensorEntry& tensor : manifest.tensors)
    in_order.push_back(&tensor);
  std::ranges::sort(in_order, [](const TensorEntry* a, const TensorEntry* b) {
    return std::pair(a->file, a->offset) < std::pair(b->file, b->offset);
  });
  for (size_t i = 1; i < in_order.size(); ++i) {
    const TensorEntry& before = *in_order[i - 1];
    const TensorEntry& after = *in_order[i];
    if (before.file == after.file && before.offset + before.bytes > after.offset) {
      refuse(files[after.file].name, "tensors {} and {} overlap at byte {}",
             in_quotes(before.name), in_quotes(after.name), after.offset);
    }
  }
}

void check_pieces(std::string_view file, const Vocabulary& vocabulary) {
  std::unordered_set<std::string_view> seen;
  for (size_t id = 0; id < vocabulary.pieces.size(); ++id) {
    const std::string& piece = vocabulary.pieces[id];
    if (piece.size() > kStringBytesMax) {
      refuse(file, "piece {} has {} bytes, allowed are {}", id, piece.size(), kStringBytesMax);
    }
    if (!is_utf8(piece)) refuse(file, "piece {}, {}, is not UTF-8", id, in_quotes(piece));
    if (!seen.insert(piece).second) {
      refuse(file, "piece {}, {}, stands twice in the vocabulary", id, in_quotes(piece));
    }
  }
}

void check_token(std::string_view file, const char* what, int32_t id, size_t pieces) {
  if (id < -1 || (id >= 0 && static_cast<size_t>(id) >= pieces)) {
    refuse(file, "{} is {}, but there are {} tokens", what, id, pieces);
  }
}

}  // namespace

void check_manifest(const Manifest& manifest, const std::vector<FileLength>& files) {
  if (files.empty() || files.size() > kFilesMax) {
    throw ModelError(
        fmt::format("a model has {} files, allowed are 1 to {}", files.size(), kFilesMax));
  }
  const std::string& file = files[0].name;
  for (const std::string* text : {&manifest.name, &manifest.chat_template}) {
    if (text->size() > kStringBytesMax) {
      refuse(file, "the name or the chat template has {} bytes, allowed are {}", text->size(),
             kStringBytesMax);
    }
    if (!is_utf8(*text)) refuse(file, "the name or the chat template is not UTF-8");
  }
  check_ranges(manifest, files);
  check_vocabulary(file, manifest);
  if (manifest.tensors.empty()) {
    if (manifest.vocabulary.kind != VocabularyKind::None) return;
    refuse(file, "has neither tensors nor a vocabulary");
  }
  check_hyper_parameters(file, manifest.hyper);
  check_shapes(file, manifest);
}

void check_ranges(const Manifest& manifest, const std::vector<FileLength>& files) {
  if (manifest.tensors.size() > kTensorsMax) {
    refuse(files[0].name, "has {} tensors, allowed are {}", manifest.tensors.size(),
           kTensorsMax);
  }
  for (size_t i = 0; i < manifest.tensors.size(); ++i) {
    check_range(manifest.tensors[i], files);
    if (i > 0 && manifest.tensors[i - 1].name >= manifest.tensors[i].name) {
      refuse(files[0].name, "tensor {} stands twice, or out of order",
             in_quotes(manifest.tensors[i].name));
    }
  }
  check_overlap(manifest, files);
}

void check_vocabulary(std::string_view file, const Manifest& manifest) {
  const Vocabulary& vocabulary = manifest.vocabulary;
  const size_t pieces = vocabulary.pieces.size();
  if (vocabulary.kind == VocabularyKind::None) {
    if (pieces > 0) refuse(file, "has pieces, but no kind of vocabulary");
    return;
  }
  if (pieces == 0 || pieces > kVocabularyMax) {
    refuse(file, "the vocabulary has {} pieces, allowed is 1 to {}", pieces, kVocabularyMax);
  }
  if (pieces != manifest.hyper.vocabulary) {
    refuse(file, "the vocabulary has {} pieces, but the model has {} tokens", pieces,
           manifest.hyper.vocabulary);
  }
  check_pieces(file, vocabulary);
  const bool has_scores = vocabulary.kind == VocabularyKind::SentencePiece;
  if (vocabulary.types.size() != pieces ||
      vocabulary.scores.size() != (has_scores ? pieces : 0)) {
    refuse(file, "the vocabulary has {} pieces, but {} types and {} scores", pieces,
           vocabulary.types.size(), vocabulary.scores.size());
  }
  if (!std::ranges::all_of(vocabulary.scores,
                           [](float score) { return std::isfinite(score); })) {
    refuse(file, "a piece has a score that is not finite");
  }
  check_token(file, "the BOS token", vocabulary.bos, pieces);
  if (vocabulary.ends.size() > 64) {
    refuse(file, "{} tokens end a text, allowed are 64", vocabulary.ends.size());
  }
  for (const int32_t end : vocabulary.ends)
    check_token(file, "an end token", end, pieces);
  for (const auto* strips : {&vocabulary.strips_left, &vocabulary.strips_right}) {
    for (const int32_t token : *strips)
      check_token(file, "a token that swallows white space", token, pieces);
  }
}

}  // namespace suan::engine
