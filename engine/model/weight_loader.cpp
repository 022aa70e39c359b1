#include "engine/model/weight_loader.h"

#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/weights/dequantize.h"

namespace suan::engine {

bool WeightLoader::has(std::string_view name, std::string_view suffix) const {
  return file_.manifest().find(fmt::format("{}{}", name, suffix)) != nullptr;
}

Weight WeightLoader::matrix(std::string_view name, size_t rows, size_t columns) const {
  return checked(entry(name, ".weight"), rows, columns);
}

Buffer WeightLoader::vector(std::string_view name,
                            size_t columns,
                            std::string_view suffix) const {
  const TensorEntry& found = entry(name, suffix);
  checked(found, 1, columns);
  std::vector<float> values(columns);
  dequantize(found.type, file_.data(found), values);
  Buffer buffer = backend_.allocate(columns);
  backend_.write(values, buffer.view(1, columns));
  return buffer;
}

Weight WeightLoader::expert(std::string_view name,
                            uint32_t number,
                            size_t rows,
                            size_t columns) const {
  const std::optional<TensorEntry> found = expert_entry(file_.manifest(), name, number);
  if (!found) throw ModelError(fmt::format("the model has no expert {} in {}", number, name));
  return checked(*found, rows, columns);
}

const TensorEntry& WeightLoader::entry(std::string_view name, std::string_view suffix) const {
  const std::string whole = fmt::format("{}{}", name, suffix);
  const TensorEntry* found = file_.manifest().find(whole);
  if (found == nullptr) throw ModelError(fmt::format("the model has no tensor {}", whole));
  return *found;
}

Weight WeightLoader::checked(const TensorEntry& found, size_t rows, size_t columns) const {
  uint64_t rows_found = 1;
  for (size_t i = 1; i < found.shape.size(); ++i)
    rows_found *= found.shape[i];
  if (found.shape.empty() || found.shape[0] != columns || rows_found != rows) {
    throw ModelError(fmt::format("tensor {} has shape [{}], expected [{}, {}]", found.name,
                                 fmt::join(found.shape, ", "), columns, rows));
  }
  const std::optional<TensorEntry> scales = scale_entry(file_.manifest(), found);
  return backend_.load(found.type, rows, columns, file_.data(found),
                       scales ? file_.data(*scales) : nullptr);
}

std::string layer_name(uint32_t layer, std::string_view part) {
  return fmt::format("blk.{}.{}", layer, part);
}

}  // namespace suan::engine
