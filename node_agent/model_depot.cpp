#include "node_agent/model_depot.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "catalog/types/text.h"
#include "engine/chat/chat_template.h"
#include "engine/weights/model_file.h"

namespace suan::node_agent {

namespace {

constexpr size_t kNameMax = 64;

DepotModel describe(const ModelId& id, const engine::ModelFile& file) {
  const engine::Manifest& manifest = file.manifest();
  DepotModel model;
  model.model = id;
  model.digest = file.digest();
  model.architecture = manifest.hyper.architecture;
  model.quantization = manifest.quantization;
  model.context_tokens = manifest.hyper.context_tokens;
  model.vocabulary = manifest.hyper.vocabulary;
  model.has_chat_template = !manifest.chat_template.empty();
  for (const engine::TensorEntry& tensor : manifest.tensors)
    model.weight_bytes += tensor.bytes;
  return model;
}

char name_character(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  const bool is_fine =
      (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  return is_fine ? c : '-';
}

/// `llama-00001-of-00003` is the first file of a split one.
void drop_split_suffix(std::string& name) {
  constexpr std::string_view kForm = "-00001-of-00003";
  if (name.size() <= kForm.size()) return;
  const std::string_view tail = std::string_view(name).substr(name.size() - kForm.size());
  for (size_t i = 0; i < kForm.size(); ++i) {
    const bool is_digit = kForm[i] >= '0' && kForm[i] <= '9';
    const bool fits = is_digit ? (tail[i] >= '0' && tail[i] <= '9') : tail[i] == kForm[i];
    if (!fits) return;
  }
  name.resize(name.size() - kForm.size());
}

}  // namespace

ModelDepot::ModelDepot(const std::vector<std::filesystem::path>& paths,
                       const engine::ReaderCommand& reader) {
  for (const std::filesystem::path& path : paths) {
    const ModelId id = model_id_of(path);
    if (find(id) != nullptr) {
      refusals_.push_back(fmt::format("{}: the depot has a model {} already",
                                      printable(path.string()), id.value()));
      continue;
    }
    try {
      auto file = engine::open_model(path, reader, {.copies_writable_files = true});
      DepotModel model = describe(id, *file);
      if (const std::string trouble = template_trouble(file->manifest()); !trouble.empty()) {
        warnings_.push_back(fmt::format("model {} serves no chats, only /v1/completions: {}",
                                        id.value(), trouble));
      }
      entries_.push_back({std::move(model), path, std::move(file)});
    } catch (const std::exception& error) {
      refusals_.push_back(fmt::format("model {} cannot be served: {}", printable(path.string()),
                                      printable(error.what(), 1'000)));
    }
  }
}

const DepotEntry* ModelDepot::find(const ModelId& model) const {
  const auto found = std::ranges::find(
      entries_, model, [](const DepotEntry& entry) { return entry.model.model; });
  return found == entries_.end() ? nullptr : &*found;
}

std::vector<DepotModel> ModelDepot::models() const {
  std::vector<DepotModel> models;
  for (const DepotEntry& entry : entries_)
    models.push_back(entry.model);
  return models;
}

std::string template_trouble(const engine::Manifest& manifest) {
  if (manifest.chat_template.empty()) return {};
  try {
    static_cast<void>(engine::ChatTemplate::compile(manifest.chat_template));
    return {};
  } catch (const engine::ModelError& error) {
    return printable(error.what(), 500);
  }
}

ModelId model_id_of(const std::filesystem::path& path) {
  const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
  const std::filesystem::path last =
      absolute.has_filename() ? absolute : absolute.parent_path();
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(last, ignored);
  std::string name = (is_folder ? last.filename() : last.stem()).string();
  if (!is_folder) drop_split_suffix(name);
  std::ranges::transform(name, name.begin(), name_character);
  const size_t start = name.find_first_of("abcdefghijklmnopqrstuvwxyz0123456789");
  name = start == std::string::npos ? "model" : name.substr(start, kNameMax);
  return ModelId(name);
}

}  // namespace suan::node_agent
