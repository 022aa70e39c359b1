#include "engine/weights/hf_index.h"

#include "engine/weights/checks.h"
#include "engine/weights/json_walk.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

// A place is a tensor's name and a file's; the rest of the file are some numbers.
constexpr JsonLimits kLimits{.bytes = 64 << 20, .depth = 4, .values = kTensorsMax + 1024};

}  // namespace

HfIndex::HfIndex(const SourceFile& file) : file_(file.name) {
  const std::string_view text(reinterpret_cast<const char*>(file.bytes.data()),
                              file.bytes.size());
  walk_json(file_, text, kLimits, [&](auto path, const JsonScalar& value) {
    if (path[0].key != "weight_map") return;
    if (path.size() != 2 || value.kind != JsonScalar::Kind::Text) {
      refuse(file_, "weight_map holds something else than names of files");
    }
    places_.emplace(path[1].key, Place{.file = number_of(value.text)});
  });
  if (places_.empty()) refuse(file_, "has no weight_map");
}

/// Some hundred names stand beside some ten thousand tensors.
uint32_t HfIndex::number_of(const std::string& file) {
  const auto [at, is_new] = numbers_.emplace(file, static_cast<uint32_t>(names_.size()));
  if (is_new) names_.push_back(file);
  return at->second;
}

void HfIndex::find(const std::string& tensor, const std::string& file) {
  const auto at = places_.find(tensor);
  if (at == places_.end()) {
    refuse(file_, "tensor {} of {} is not in the weight_map", in_quotes(tensor),
           in_quotes(file));
  }
  if (const std::string& stated = names_[at->second.file]; stated != file) {
    refuse(file_, "tensor {} lies in {}, not in {}", in_quotes(tensor), in_quotes(file),
           in_quotes(stated));
  }
  at->second.is_found = true;
}

void HfIndex::finish() const {
  for (const auto& [tensor, place] : places_) {
    if (place.is_found) continue;
    refuse(file_, "tensor {} is missing, or the file {} that has it", in_quotes(tensor),
           in_quotes(names_[place.file]));
  }
}

}  // namespace suan::engine
