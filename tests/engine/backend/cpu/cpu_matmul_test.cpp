#include <cmath>
#include <tuple>

#include "tests/engine/backend/cpu/cpu_probe.h"

namespace suan::engine {
namespace {

struct Shape {
  size_t rows, columns, tokens;
};

constexpr Shape kShapes[] = {{1, 256, 1},  {3, 256, 2},   {15, 512, 3}, {16, 768, 5},
                             {17, 256, 8}, {33, 256, 13}, {5, 256, 131}};

/// x weight^T, with the sums of |x| |w| beside it.
struct Product {
  std::vector<double> sums;
  std::vector<double> sizes;
};

Product exact(const StoredMatrix& weight, const Shape& shape, std::span<const float> x) {
  Product product;
  for (size_t t = 0; t < shape.tokens; ++t) {
    for (size_t r = 0; r < shape.rows; ++r) {
      double sum = 0;
      double size = 0;
      for (size_t c = 0; c < shape.columns; ++c) {
        const double term =
            double{x[t * shape.columns + c]} * weight.values[r * shape.columns + c];
        sum += term;
        size += std::fabs(term);
      }
      product.sums.push_back(sum);
      product.sizes.push_back(size);
    }
  }
  return product;
}

/// How far rounding may move a row's sum: each activation by 1/254 of the largest of its 32.
double rounding_bound(std::span<const float> x, std::span<const float> weights) {
  double bound = 0;
  for (size_t first = 0; first < x.size(); first += 32) {
    double largest = 0;
    double sizes = 0;
    for (size_t c = first; c < first + 32; ++c) {
      largest = std::max<double>(largest, std::fabs(x[c]));
      sizes += std::fabs(weights[c]);
    }
    bound += largest / 254 * sizes;
  }
  return bound;
}

class CpuMatmul : public testing::TestWithParam<std::tuple<std::string, TensorType>> {
 protected:
  CpuMatmul() : backend_(make_backend("cpu", 1, std::get<0>(GetParam()))) {}

  std::vector<float> multiply(const StoredMatrix& weight,
                              const Shape& shape,
                              std::span<const float> x) {
    const TensorType type = std::get<1>(GetParam());
    const Weight loaded = backend_->load(type, shape.rows, shape.columns, weight.bytes.data());
    const Room in(*backend_, shape.tokens, shape.columns, x);
    const Room out(*backend_, shape.tokens, shape.rows);
    backend_->matmul(loaded, in.view, out.view);
    return floats_of(*backend_, out.view);
  }

  std::unique_ptr<Backend> backend_;
};

// Activations that int8 holds exactly leave only the rounding of float32 sums: with at most 768
// terms, some 30 roundings of 2^-24 each stand behind 4e-6 of the sum of sizes.
TEST_P(CpuMatmul, IsExactForActivationsThatInt8Holds) {
  for (const Shape& shape : kShapes) {
    const StoredMatrix weight(std::get<1>(GetParam()), shape.rows, shape.columns, 1);
    const std::vector<float> x = whole_activations(2, shape.tokens * shape.columns);
    const Product wanted = exact(weight, shape, x);

    const std::vector<float> found = multiply(weight, shape, x);

    for (size_t i = 0; i < found.size(); ++i)
      ASSERT_NEAR(found[i], wanted.sums[i], 4e-6 * wanted.sizes[i]) << shape.rows << " " << i;
  }
}

// Rounding moves each activation by at most 1/254 of its group's largest, here at most 1/2 of
// it; no sum can move by more than that of its weights' sizes.
TEST_P(CpuMatmul, IsWithinTheRoundingOfActivations) {
  for (const Shape& shape : kShapes) {
    const StoredMatrix weight(std::get<1>(GetParam()), shape.rows, shape.columns, 3);
    const std::vector<float> x = random_floats(4, shape.tokens * shape.columns);
    const Product wanted = exact(weight, shape, x);

    const std::vector<float> found = multiply(weight, shape, x);

    for (size_t t = 0; t < shape.tokens; ++t) {
      for (size_t r = 0; r < shape.rows; ++r) {
        const double bound =
            rounding_bound(std::span(x).subspan(t * shape.columns, shape.columns),
                           std::span(weight.values).subspan(r * shape.columns, shape.columns));
        const size_t i = t * shape.rows + r;
        ASSERT_NEAR(found[i], wanted.sums[i], bound * 1.001 + 4e-6 * wanted.sizes[i]);
      }
    }
  }
}

TEST_P(CpuMatmul, RowsOfABatchEqualSingleRowsBitForBit) {
  const Shape shape{19, 512, 139};
  const StoredMatrix weight(std::get<1>(GetParam()), shape.rows, shape.columns, 5);
  const std::vector<float> x = random_floats(6, shape.tokens * shape.columns);

  const std::vector<float> batch = multiply(weight, shape, x);

  for (const size_t t : {0U, 1U, 7U, 8U, 127U, 128U, 138U}) {
    const std::vector<float> alone =
        multiply(weight, {shape.rows, shape.columns, 1},
                 std::span(x).subspan(t * shape.columns, shape.columns));
    EXPECT_EQ(bits_of(alone), bits_of(std::span(batch).subspan(t * shape.rows, shape.rows)))
        << "token " << t;
  }
}

TEST_P(CpuMatmul, ANumberThatIsNoneSpoilsItsOwnRowAlone) {
  const Shape shape{16, 256, 2};
  const StoredMatrix weight(std::get<1>(GetParam()), shape.rows, shape.columns, 7);
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    std::vector<float> x = random_floats(8, shape.tokens * shape.columns);
    x[37] = bad;

    const std::vector<float> found = multiply(weight, shape, x);

    for (size_t r = 0; r < shape.rows; ++r) {
      const bool is_zero = weight.values[r * shape.columns + 37] == 0;
      EXPECT_TRUE(!std::isfinite(found[r]) || is_zero) << r;
      EXPECT_TRUE(std::isfinite(found[shape.rows + r])) << r;
    }
  }
}

TEST_P(CpuMatmul, TransposedIsTheSameMatrixTurnedRound) {
  const TensorType type = std::get<1>(GetParam());
  const size_t rows = 261;
  const size_t columns = 256;
  const size_t tokens = 3;
  const StoredMatrix weight(type, rows, columns, 9);
  const std::vector<float> x = random_floats(10, tokens * rows);
  const Room in(*backend_, tokens, rows, x);
  const Room out(*backend_, tokens, columns);

  backend_->matmul_transposed(backend_->load(type, rows, columns, weight.bytes.data()), in.view,
                              out.view);

  for (size_t t = 0; t < tokens; ++t) {
    for (size_t c = 0; c < columns; ++c) {
      double sum = 0;
      for (size_t r = 0; r < rows; ++r)
        sum += double{x[t * rows + r]} * weight.values[r * columns + c];
      ASSERT_NEAR(out.view.row(t)[c], sum, 5e-5);  // some 260 terms of size 0.5
    }
  }
}

std::string name_of_pair(
    const testing::TestParamInfo<std::tuple<std::string, TensorType>>& tested) {
  return std::get<0>(tested.param) + "_" + name_of(std::get<1>(tested.param));
}

INSTANTIATE_TEST_SUITE_P(AllStored,
                         CpuMatmul,
                         testing::Combine(all_isas(),
                                          testing::Values(TensorType::F32,
                                                          TensorType::F16,
                                                          TensorType::BF16,
                                                          TensorType::Q8_0,
                                                          TensorType::Q4_0,
                                                          TensorType::Q4_1,
                                                          TensorType::Q5_0,
                                                          TensorType::Q5_1,
                                                          TensorType::Q4_K,
                                                          TensorType::Q5_K,
                                                          TensorType::Q6_K,
                                                          TensorType::F8E4M3)),
                         name_of_pair);

class CpuPlainMatmul : public testing::TestWithParam<std::string> {};

// Rows of the plain types may have any length, as those of small models do.
TEST_P(CpuPlainMatmul, TakesRowsOfAnyLength) {
  const auto backend = make_backend("cpu", 1, GetParam());
  for (const TensorType type : {TensorType::F32, TensorType::F16, TensorType::BF16}) {
    for (const Shape shape : {Shape{1, 1, 1}, {5, 3, 2}, {18, 44, 3}, {7, 259, 9}}) {
      const StoredMatrix weight(type, shape.rows, shape.columns, 11);
      const std::vector<float> x = random_floats(12, shape.tokens * shape.columns);
      const Room in(*backend, shape.tokens, shape.columns, x);
      const Room out(*backend, shape.tokens, shape.rows);

      backend->matmul(backend->load(type, shape.rows, shape.columns, weight.bytes.data()),
                      in.view, out.view);

      const std::vector<float> found = floats_of(*backend, out.view);
      const Product wanted = exact(weight, shape, x);
      for (size_t i = 0; i < found.size(); ++i)
        ASSERT_NEAR(found[i], wanted.sums[i], 3e-5);
    }
  }
}

TEST_P(CpuPlainMatmul, HeadsSideBySideAreMatricesOfTheirOwn) {
  constexpr size_t kHeads = 3;
  constexpr size_t kRows = 21;
  constexpr size_t kColumns = 64;
  constexpr size_t kTokens = 5;
  constexpr size_t kXStride = kColumns + 7;
  constexpr size_t kOutStride = kRows + 2;
  const std::vector<float> input = random_floats(15, kTokens * kHeads * kXStride);
  const StoredMatrix stored(TensorType::Q8_0, kHeads * kRows, kColumns, 16);
  const auto run = [&](Backend& backend, bool is_joined) {
    const Weight all =
        backend.load(TensorType::Q8_0, kHeads * kRows, kColumns, stored.bytes.data());
    std::vector<Weight> weights;
    for (size_t head = 0; head < kHeads; ++head)
      weights.push_back(all.slice_rows(head * kRows, kRows));
    const Room x(backend, kTokens, kHeads * kXStride, input);
    const Room out(backend, kTokens, kHeads * kOutStride);
    if (is_joined) {
      backend.matmul_heads(weights, x.view, kXStride, out.view, kOutStride);
    } else {
      for (size_t head = 0; head < kHeads; ++head) {
        backend.matmul(weights[head], x.view.slice_columns(head * kXStride, kColumns),
                       out.view.slice_columns(head * kOutStride, kRows));
      }
    }
    return floats_of(backend, out.view);
  };
  const auto reference = make_backend("reference", 1);
  const auto cpu = make_backend("cpu", 2, GetParam());

  EXPECT_EQ(run(*cpu, true), run(*cpu, false));
  EXPECT_EQ(run(*reference, true), run(*reference, false));
}

TEST_P(CpuPlainMatmul, ThreadsChangeNoBit) {
  const StoredMatrix weight(TensorType::Q8_0, 1000, 512, 13);
  const std::vector<float> x = random_floats(14, size_t{40} * 512);
  std::vector<std::vector<float>> found;
  for (const uint32_t threads : {1U, 3U}) {
    const auto backend = make_backend("cpu", threads, GetParam());
    const Room in(*backend, 40, 512, x);
    const Room out(*backend, 40, 1000);
    backend->matmul(backend->load(TensorType::Q8_0, 1000, 512, weight.bytes.data()), in.view,
                    out.view);
    found.push_back(floats_of(*backend, out.view));
  }

  EXPECT_EQ(found[0], found[1]);
}

INSTANTIATE_TEST_SUITE_P(AllIsas, CpuPlainMatmul, all_isas(), name_of_isa);

}  // namespace
}  // namespace suan::engine
