#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types/node.h"

namespace suan::engine {
class ModelFile;
struct Manifest;
struct ReaderCommand;
}  // namespace suan::engine

namespace suan::node_agent {

/// A model that could be opened.
struct DepotEntry {
  DepotModel model;
  std::filesystem::path path;
  std::shared_ptr<const engine::ModelFile> file;
};

/// The models in reach of this node, opened and checked.
class ModelDepot {
 public:
  ModelDepot() = default;

  /// Opens each path. A bad one becomes a sentence in `refusals`, and the others go on; so
  /// does a second model of the same name.
  ModelDepot(const std::vector<std::filesystem::path>& paths,
             const engine::ReaderCommand& reader);

  [[nodiscard]] const std::vector<DepotEntry>& entries() const { return entries_; }

  [[nodiscard]] const std::vector<std::string>& refusals() const { return refusals_; }

  /// What models can be served, but not in full: a chat template that cannot be rendered.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// Null when the depot has no such model.
  [[nodiscard]] const DepotEntry* find(const ModelId& model) const;
  [[nodiscard]] std::vector<DepotModel> models() const;

 private:
  std::vector<DepotEntry> entries_;
  std::vector<std::string> refusals_;
  std::vector<std::string> warnings_;
};

/// Why the model's chat template cannot be rendered; empty: it can, or there is none.
[[nodiscard]] std::string template_trouble(const engine::Manifest& manifest);

/// The model's name: its folder's or file's, in `[a-z0-9._-]`, without the format's ending.
[[nodiscard]] ModelId model_id_of(const std::filesystem::path& path);

}  // namespace suan::node_agent
