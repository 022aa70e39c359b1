#include "engine/backend/reference/weight_rows.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/weights/dequantize.h"

namespace suan::engine::reference {

void read_row(const Weight& weight, size_t row, std::span<float> out) {
  read_columns(weight, row, 0, out);
}

void read_columns(const Weight& weight, size_t row, size_t first, std::span<float> out) {
  const Block block = block_of(weight.type);
  const unsigned char* data = weight.data + row * weight.row_bytes;
  dequantize(weight.type, data + first / block.elements * block.bytes, out);
  if (weight.scales == nullptr) return;

  const unsigned char* scales = weight.scales_of_row(row);
  for (size_t done = 0; done < out.size();) {
    const size_t column = first + done;
    const size_t count = std::min(kScaleBlock - column % kScaleBlock, out.size() - done);
    float scale = 0;
    std::memcpy(&scale, scales + column / kScaleBlock * sizeof(float), sizeof scale);
    for (float& value : out.subspan(done, count))
      value *= scale;
    done += count;
  }
}

WeightRows::WeightRows(const Weight& weight, std::vector<float>& scratch) : weight_(weight) {
  const auto address = reinterpret_cast<uintptr_t>(weight.data);
  is_plain_ = weight.type == TensorType::F32 && address % alignof(float) == 0;
  if (!is_plain_ && scratch.size() < 4 * weight.columns) scratch.resize(4 * weight.columns);
  scratch_ = scratch.data();
}

const float* WeightRows::row(size_t index, size_t slot) const {
  if (is_plain_) {
    return reinterpret_cast<const float*>(weight_.data + index * weight_.row_bytes);
  }
  float* out = scratch_ + slot * weight_.columns;
  read_row(weight_, index, {out, weight_.columns});
  return out;
}

}  // namespace suan::engine::reference
