#include "engine/backend/reference/weight_rows.h"

#include <cstdint>

#include "engine/weights/dequantize.h"

namespace suan::engine::reference {

WeightRows::WeightRows(const Weight& weight, std::vector<float>& scratch) : weight_(weight) {
  const auto address = reinterpret_cast<uintptr_t>(weight.data);
  is_plain_ = weight.type == TensorType::F32 && address % alignof(float) == 0;
  if (!is_plain_ && scratch.size() < 4 * weight.columns) scratch.resize(4 * weight.columns);
  scratch_ = scratch.data();
}

const float* WeightRows::row(size_t index, size_t slot) const {
  const unsigned char* bytes = weight_.data + index * weight_.row_bytes;
  if (is_plain_) return reinterpret_cast<const float*>(bytes);

  float* out = scratch_ + slot * weight_.columns;
  dequantize(weight_.type, bytes, {out, weight_.columns});
  return out;
}

}  // namespace suan::engine::reference
