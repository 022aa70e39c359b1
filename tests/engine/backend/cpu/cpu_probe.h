#pragma once

#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/backend/registry.h"
#include "engine/weights/quantize.h"
#include "tests/support/float_bits.h"
#include "tests/support/memory_model.h"

namespace suan::engine {

/// The instruction sets that this machine has.
inline auto all_isas() {
  return ::testing::ValuesIn(available_isas());
}

inline std::string name_of_isa(const ::testing::TestParamInfo<std::string>& tested) {
  return tested.param;
}

/// A tensor in a backend's memory.
struct Room {
  Room(Backend& backend, size_t rows, size_t columns)
      : buffer(backend.allocate(rows * columns)), view(buffer.view(rows, columns)) {}

  Room(Backend& backend, size_t rows, size_t columns, std::span<const float> values)
      : Room(backend, rows, columns) {
    backend.write(values, view);
  }

  Buffer buffer;
  Tensor view;
};

inline std::vector<float> floats_of(Backend& backend, const Tensor& tensor) {
  std::vector<float> values(tensor.rows * tensor.columns);
  backend.read(tensor, values);
  return values;
}

/// A matrix in one of the stored types, and what it means.
struct StoredMatrix {
  StoredMatrix(TensorType type, size_t rows, size_t columns, uint64_t seed)
      : bytes(rows * columns / block_of(type).elements * block_of(type).bytes),
        values(rows * columns) {
    quantize(type, random_floats(seed, rows * columns, 0.5F), bytes.data());
    block_type(type).dequantize(bytes.data(), values);
  }

  std::vector<unsigned char> bytes;
  std::vector<float> values;
};

/// Whole numbers up to 127, which is the first of each 32: rounding to int8 changes none.
inline std::vector<float> whole_activations(uint64_t seed, size_t count) {
  std::vector<float> values = random_floats(seed, count, 40);
  for (size_t i = 0; i < count; ++i) {
    const float whole = std::nearbyint(std::min(127.0F, std::max(-127.0F, values[i])));
    values[i] = i % 32 == 0 ? 127 : whole;
  }
  return values;
}

}  // namespace suan::engine
