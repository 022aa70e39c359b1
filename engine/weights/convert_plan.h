#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/weights/convert.h"

namespace suan::engine {

/// One tensor of the new file, and where its values come from, group of rows by group.
struct PlannedTensor {
  std::string name;
  TensorType type{};
  std::vector<uint64_t> shape;  // innermost first
  uint64_t groups = 0;          // rows, or runs of rows that are read together
  uint64_t group_values = 0;
  /// Gives a group's values.
  std::function<void(uint64_t group, std::span<float> values)> read;
  /// Gives a group's bytes where they can be taken over as they are; else empty.
  std::function<const unsigned char*(uint64_t group)> stored;
};

/// Which tensors the new file has, in its order.
///
/// The functions inside borrow the model.
[[nodiscard]] std::vector<PlannedTensor> plan_tensors(const ModelFile& model,
                                                      const ConvertWish& wish);

/// The type in which a tensor of this name and shape is stored.
[[nodiscard]] TensorType planned_type(const Manifest& manifest,
                                      const std::string& name,
                                      const std::vector<uint64_t>& shape,
                                      TensorType stored,
                                      std::optional<TensorType> wish);

}  // namespace suan::engine
