#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/backend/tensor.h"

namespace suan::engine::reference {

/// One row of a weight as floats, its scales included.
void read_row(const Weight& weight, size_t row, std::span<float> out);

/// Of a row, the columns from `first` on. Requires: whole blocks of the type.
void read_columns(const Weight& weight, size_t row, size_t first, std::span<float> out);

/// Rows of a weight as floats: a pointer into float32 weights, else a copy in `scratch`.
class WeightRows {
 public:
  /// `scratch` grows to four rows and is the caller's alone while this lives.
  WeightRows(const Weight& weight, std::vector<float>& scratch);

  /// Up to four rows may be in use at a time, each in a `slot` of its own.
  [[nodiscard]] const float* row(size_t index, size_t slot) const;

 private:
  Weight weight_;
  bool is_plain_;  // aligned float32
  float* scratch_;
};

}  // namespace suan::engine::reference
