#include "engine/weights/gguf_model.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "engine/weights/checks.h"
#include "engine/weights/gguf.h"
#include "engine/weights/gguf_hyper.h"
#include "engine/weights/gguf_vocabulary.h"
#include "engine/weights/layer_names.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

uint32_t split_field(const GgufFile& file, const char* key) {
  const auto value = file.whole(key);
  if (!value) refuse(file.name(), "key {} is missing", key);
  return *value;
}

/// Each file of a split model says which it is, and all say of how many.
void check_split(const GgufFile& file, uint32_t number, size_t files) {
  const uint32_t count = file.whole("split.count").value_or(1);
  if (files == 1 && count > 1) {
    refuse(file.name(),
           "is one of {} split files; the first one's name must end in -00001-of-{:05}.gguf",
           count, count);
  }
  if (files == 1) return;
  if (count != files) {
    refuse(file.name(), "split.count is {}, but the name says {}", count, files);
  }
  if (const uint32_t stated = split_field(file, "split.no"); stated != number) {
    refuse(file.name(), "split.no is {}, but the name says {}", stated, number);
  }
}

/// Metadata lies in the first file, tensors in all of them.
std::vector<TensorEntry> all_tensors(GgufFile& first, const std::vector<SourceFile>& files) {
  check_split(first, 0, files.size());
  std::vector<TensorEntry> tensors = std::move(first.tensors());
  for (uint32_t number = 1; number < files.size(); ++number) {
    GgufFile file(files[number]);
    check_split(file, number, files.size());
    if (tensors.size() + file.tensors().size() > kTensorsMax) {
      refuse(file.name(), "the model has more than {} tensors", kTensorsMax);
    }
    for (TensorEntry& tensor : file.tensors())
      tensor.file = number;
    std::ranges::move(file.tensors(), std::back_inserter(tensors));
  }
  if (files.size() == 1) return tensors;
  if (const uint32_t stated = split_field(first, "split.tensors.count");
      stated != tensors.size()) {
    refuse(first.name(), "split.tensors.count is {}, but the files have {} tensors", stated,
           tensors.size());
  }
  return tensors;
}

/// Llama 3 keeps the factors of its RoPE in a tensor; takes it out of the manifest.
void take_rope_factors(Manifest& manifest, const std::vector<SourceFile>& files) {
  const auto found =
      std::ranges::find(manifest.tensors, "rope_freqs.weight", &TensorEntry::name);
  if (found == manifest.tensors.end()) return;
  const SourceFile& file = files[found->file];
  const uint64_t pairs = manifest.hyper.rope_dim / 2;
  if (found->type != TensorType::F32 || found->shape != std::vector{pairs} ||
      pairs > kHeadDimMax) {
    refuse(file.name, "tensor rope_freqs.weight is {} [{}], expected f32 [{}]",
           name_of(found->type), fmt::join(found->shape, ", "), pairs);
  }
  if (!manifest.hyper.rope_factors.empty()) {
    refuse(file.name, "has rope_freqs.weight and rope.scaling.type linear");
  }
  manifest.hyper.rope_factors.resize(pairs);
  std::memcpy(manifest.hyper.rope_factors.data(), file.bytes.data() + found->offset,
              found->bytes);
  manifest.tensors.erase(found);
}

/// The files of some programs hold the up-projections of MLA in both layouts.
void drop_repeated_projections(Manifest& manifest) {
  const auto has_suffix = [](const TensorEntry& tensor, std::string_view suffix) {
    return tensor.name.ends_with(suffix);
  };
  if (std::ranges::none_of(manifest.tensors, [&](const TensorEntry& tensor) {
        return has_suffix(tensor, ".attn_kv_b.weight");
      })) {
    return;
  }
  std::erase_if(manifest.tensors, [&](const TensorEntry& tensor) {
    return has_suffix(tensor, ".attn_k_b.weight") || has_suffix(tensor, ".attn_v_b.weight");
  });
}

}  // namespace

Manifest read_gguf_model(const std::vector<SourceFile>& files) {
  GgufFile first(files.front());
  const auto architecture = first.text("general.architecture");
  if (!architecture) refuse(first.name(), "key general.architecture is missing");

  Manifest manifest;
  manifest.name = first.text("general.name").value_or("");
  manifest.chat_template = first.text("tokenizer.chat_template").value_or("");
  manifest.vocabulary = read_gguf_vocabulary(first);
  manifest.tensors = all_tensors(first, files);
  manifest.hyper.architecture = *architecture;
  const auto pieces = static_cast<uint32_t>(manifest.vocabulary.pieces.size());
  if (manifest.tensors.empty()) {
    manifest.hyper.vocabulary = pieces;
    return manifest;
  }
  manifest.hyper = read_gguf_hyper(first, std::string(*architecture));
  if (manifest.hyper.vocabulary == 0) manifest.hyper.vocabulary = pieces;
  take_rope_factors(manifest, files);
  drop_repeated_projections(manifest);
  settle_layers(first.name(), manifest);
  return manifest;
}

}  // namespace suan::engine
