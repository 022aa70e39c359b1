#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/backend/backend.h"
#include "engine/weights/model_file.h"

namespace suan::engine {

/// Finds a model's tensors by name and hands them to a backend, with their shapes checked.
///
/// Every function throws ModelError when a tensor is missing or its shape is another. The names
/// are GGUF's without the `.weight` at the end.
class WeightLoader {
 public:
  /// Both outlive the loader and what it loads.
  WeightLoader(const ModelFile& file, Backend& backend) : file_(file), backend_(backend) {}

  [[nodiscard]] const HyperParameters& hyper() const { return file_.manifest().hyper; }

  [[nodiscard]] Backend& backend() const { return backend_; }

  [[nodiscard]] bool has(std::string_view name, std::string_view suffix = ".weight") const;

  /// A stack of matrices counts as one, with the rows of all.
  [[nodiscard]] Weight matrix(std::string_view name, size_t rows, size_t columns) const;

  /// [1, columns] in float32. `suffix` is what follows the name.
  [[nodiscard]] Buffer vector(std::string_view name,
                              size_t columns,
                              std::string_view suffix = ".weight") const;

  /// One expert's matrix of a stack `name`, or of tensors numbered one by one.
  [[nodiscard]] Weight expert(std::string_view name,
                              uint32_t number,
                              size_t rows,
                              size_t columns) const;

 private:
  const TensorEntry& entry(std::string_view name, std::string_view suffix) const;
  Weight checked(const TensorEntry& found, size_t rows, size_t columns) const;

  const ModelFile& file_;
  Backend& backend_;
};

/// `blk.3.attn_q`
[[nodiscard]] std::string layer_name(uint32_t layer, std::string_view part);

}  // namespace suan::engine
