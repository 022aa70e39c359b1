#include "engine/backend/reference/reference_backend.h"

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/weights/dequantize.h"
#include "tests/support/float_bits.h"
#include "tests/support/memory_model.h"

namespace suan::engine {
namespace {

/// A matrix in one of the stored types, and what it means.
struct Stored {
  std::vector<unsigned char> bytes;
  std::vector<float> values;
};

Stored stored_as(TensorType type, std::span<const float> wanted) {
  Stored stored;
  const auto append = [&](const void* data, size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    stored.bytes.insert(stored.bytes.end(), bytes, bytes + size);
  };
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (type == TensorType::F32) append(&wanted[i], 4);
    if (type == TensorType::Q8_0 && i % 32 == 0) {
      const uint16_t scale = f16_of_float(1.0F / 64);
      append(&scale, 2);
    }
    if (type == TensorType::Q8_0) {
      const auto quant = static_cast<int8_t>(std::lround(wanted[i] * 60));
      append(&quant, 1);
    }
    const uint16_t half =
        type == TensorType::F16 ? f16_of_float(wanted[i]) : bf16_of_float(wanted[i]);
    if (type == TensorType::F16 || type == TensorType::BF16) append(&half, 2);
  }
  stored.values.resize(wanted.size());
  dequantize(type, stored.bytes.data(), stored.values);
  return stored;
}

struct Shape {
  size_t rows, columns, tokens;
};

class MatrixTypes : public testing::TestWithParam<TensorType> {};

// Tolerance: sums of up to 256 products of size about 1 in float32.
TEST_P(MatrixTypes, MultiplyAsTheSumsSayForOddShapes) {
  const size_t block = block_of(GetParam()).elements;
  for (const Shape shape : {Shape{1, 1, 1}, {3, 2, 2}, {5, 3, 7}, {64, 4, 1}, {9, 8, 3}}) {
    const size_t n = shape.columns * block;
    const Stored weight = stored_as(GetParam(), random_floats(1, shape.rows * n, 0.5F));
    ReferenceBackend backend(1);
    const Weight loaded = backend.load(GetParam(), shape.rows, n, weight.bytes.data());
    const Buffer x = backend.allocate(shape.tokens * n);
    const Buffer out = backend.allocate(shape.tokens * shape.rows);
    const std::vector<float> input = random_floats(2, shape.tokens * n);
    backend.write(input, x.view(shape.tokens, n));

    backend.matmul(loaded, x.view(shape.tokens, n), out.view(shape.tokens, shape.rows));

    for (size_t t = 0; t < shape.tokens; ++t) {
      for (size_t r = 0; r < shape.rows; ++r) {
        double sum = 0;
        for (size_t c = 0; c < n; ++c)
          sum += double{input[t * n + c]} * weight.values[r * n + c];
        ASSERT_NEAR(out.view(shape.tokens, shape.rows).row(t)[r], sum, 2e-5);
      }
    }
  }
}

TEST_P(MatrixTypes, TransposedMultiplyIsTheSameMatrixTurnedRound) {
  const size_t block = block_of(GetParam()).elements;
  const size_t rows = 7;
  const size_t n = 3 * block;
  const Stored weight = stored_as(GetParam(), random_floats(3, rows * n, 0.5F));
  ReferenceBackend backend(1);
  const Weight loaded = backend.load(GetParam(), rows, n, weight.bytes.data());
  const Buffer x = backend.allocate(2 * rows);
  const Buffer out = backend.allocate(2 * n);
  const std::vector<float> input = random_floats(4, 2 * rows);
  backend.write(input, x.view(2, rows));

  backend.matmul_transposed(loaded, x.view(2, rows), out.view(2, n));

  for (size_t t = 0; t < 2; ++t) {
    for (size_t c = 0; c < n; ++c) {
      double sum = 0;
      for (size_t r = 0; r < rows; ++r)
        sum += double{input[t * rows + r]} * weight.values[r * n + c];
      ASSERT_NEAR(out.view(2, n).row(t)[c], sum, 1e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    AllStored,
    MatrixTypes,
    testing::Values(TensorType::F32, TensorType::F16, TensorType::BF16, TensorType::Q8_0),
    [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST(ReferenceBackend, ReadsWeightsThatAreNotAligned) {
  const std::vector<float> values = random_floats(5, size_t{6} * 10);
  std::vector<unsigned char> bytes(values.size() * sizeof(float) + 1);
  std::memcpy(bytes.data() + 1, values.data(), values.size() * sizeof(float));
  ReferenceBackend backend(1);
  const Buffer x = backend.allocate(10);
  const Buffer out = backend.allocate(6);
  backend.write(std::vector<float>(10, 1.0F), x.view(1, 10));

  backend.matmul(backend.load(TensorType::F32, 6, 10, bytes.data() + 1), x.view(1, 10),
                 out.view(1, 6));

  for (size_t r = 0; r < 6; ++r) {
    double sum = 0;
    for (size_t c = 0; c < 10; ++c)
      sum += values[r * 10 + c];
    EXPECT_NEAR(out.view(1, 6).row(0)[r], sum, 1e-5);
  }
}

TEST(ReferenceBackend, RowsOfABatchEqualSingleRowsBitForBit) {
  constexpr size_t kRows = 30;
  constexpr size_t kColumns = 52;
  constexpr size_t kTokens = 9;
  const std::vector<float> weight = random_floats(6, kRows * kColumns);
  const std::vector<float> input = random_floats(7, kTokens * kColumns);
  ReferenceBackend backend(1);
  const Weight loaded = backend.load(TensorType::F32, kRows, kColumns,
                                     reinterpret_cast<const unsigned char*>(weight.data()));
  const Buffer x = backend.allocate(kTokens * kColumns);
  const Tensor all = x.view(kTokens, kColumns);
  backend.write(input, all);
  const Buffer batch = backend.allocate(kTokens * kRows);
  backend.matmul(loaded, all, batch.view(kTokens, kRows));

  const Buffer alone = backend.allocate(kRows);
  for (size_t t = 0; t < kTokens; ++t) {
    backend.matmul(loaded, all.slice_rows(t, 1), alone.view(1, kRows));
    EXPECT_EQ(bits_of({alone.view(1, kRows).row(0), kRows}),
              bits_of({batch.view(kTokens, kRows).row(t), kRows}))
        << "token " << t;
  }
}

TEST(ReferenceBackend, RopeTurnsAdjacentPairsOrHalves) {
  ReferenceBackend backend(1);
  const Buffer angles = backend.allocate(4);
  backend.write(std::vector<float>{0, 1, -1, 0}, angles.view(1, 4));  // 90 and 180 degrees
  const Buffer x = backend.allocate(8);

  backend.write(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}, x.view(1, 8));
  backend.rope({.heads = 2, .head_stride = 4, .dim = 4, .is_adjacent = true}, angles.view(1, 4),
               x.view(1, 8));
  std::vector<float> found(8);
  backend.read(x.view(1, 8), found);
  EXPECT_EQ(found, (std::vector<float>{-2, 1, -3, -4, -6, 5, -7, -8}));

  backend.write(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}, x.view(1, 8));
  backend.rope({.heads = 1, .head_stride = 8, .dim = 4, .is_adjacent = false},
               angles.view(1, 4), x.view(1, 8));
  backend.read(x.view(1, 8), found);
  EXPECT_EQ(found, (std::vector<float>{-3, -2, 1, -4, 5, 6, 7, 8}));
}

TEST(ReferenceBackend, AttentionSeesOwnPositionsOnly) {
  // Two cache pages of two positions; the sequence has them in the order 1, 0.
  ReferenceBackend backend(1);
  const Buffer keys = backend.allocate(4);
  const Buffer values = backend.allocate(4);
  backend.write(std::vector<float>{3, 99, 1, 2}, keys.view(4, 1));
  backend.write(std::vector<float>{30, 9999, 10, 20}, values.view(4, 1));
  const Buffer q = backend.allocate(2);
  const Buffer out = backend.allocate(2);
  backend.write(std::vector<float>{0, 1}, q.view(2, 1));
  const std::vector<uint32_t> pages{1, 0};
  const SequenceRows sequence{.first = 0, .count = 2, .position = 1, .pages = pages};

  backend.attention(
      {.heads = 1, .kv_heads = 1, .key_dim = 1, .value_dim = 1, .page_tokens = 2, .scale = 1},
      {&sequence, 1}, q.view(2, 1), keys.view(4, 1), values.view(4, 1), out.view(2, 1));

  EXPECT_FLOAT_EQ(out.view(2, 1).row(0)[0], 15);  // q = 0: the mean of positions 0 and 1
  const double e1 = std::exp(1.0);
  const double e2 = std::exp(2.0);
  const double e3 = std::exp(3.0);
  EXPECT_NEAR(out.view(2, 1).row(1)[0], (10 * e1 + 20 * e2 + 30 * e3) / (e1 + e2 + e3), 1e-5);
}

TEST(ReferenceBackend, ABiasIsAddedToEveryRow) {
  ReferenceBackend backend(1);
  const Buffer x = backend.allocate(6);
  const Buffer bias = backend.allocate(3);
  backend.write(std::vector<float>{1, 2, 3, 4, 5, 6}, x.view(2, 3));
  backend.write(std::vector<float>{10, 20, 30}, bias.view(1, 3));

  backend.add_bias(x.view(2, 3), bias.view(1, 3));

  std::vector<float> sums(6);
  backend.read(x.view(2, 3), sums);
  EXPECT_EQ(sums, (std::vector<float>{11, 22, 33, 14, 25, 36}));
}

TEST(ReferenceBackend, NormsEachRowToUnitMeanSquare) {
  ReferenceBackend backend(1);
  const Buffer x = backend.allocate(4);
  const Buffer weight = backend.allocate(2);
  backend.write(std::vector<float>{3, 4, 0, 0}, x.view(2, 2));
  backend.write(std::vector<float>{1, 2}, weight.view(1, 2));

  backend.rms_norm(x.view(2, 2), weight.view(1, 2), 1e-12F, x.view(2, 2));

  EXPECT_NEAR(x.view(2, 2).row(0)[0], 3 / std::sqrt(12.5), 1e-6);
  EXPECT_NEAR(x.view(2, 2).row(0)[1], 8 / std::sqrt(12.5), 1e-6);
}

}  // namespace
}  // namespace suan::engine
