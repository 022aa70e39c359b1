#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "engine/backend/reference/reference_backend.h"
#include "engine/backend/reference/weight_rows.h"

namespace suan::engine {
namespace {

// 130 rows of 200 columns: two blocks of rows and two of columns, the last of each is short.
constexpr size_t kRows = 130;
constexpr size_t kColumns = 200;

/// Every element is 1 (code 0x38), so that a row shows its scales; these lie unaligned.
class ScaledWeight : public ::testing::Test {
 protected:
  ScaledWeight() : ones_(kRows * kColumns, 0x38), scales_(1 + 4 * sizeof(float)) {
    const std::vector<float> scales = {2, 3, 5, 7};
    std::memcpy(scales_.data() + 1, scales.data(), 4 * sizeof(float));
    weight_ =
        backend_.load(TensorType::F8E4M3, kRows, kColumns, ones_.data(), scales_.data() + 1);
  }

  ReferenceBackend backend_{1};
  std::vector<unsigned char> ones_;
  std::vector<unsigned char> scales_;
  Weight weight_;
};

std::vector<float> row_of(const Weight& weight, size_t row) {
  std::vector<float> values(weight.columns);
  reference::read_row(weight, row, values);
  return values;
}

TEST_F(ScaledWeight, EachElementTakesTheScaleOfItsBlock) {
  const std::vector<float> first = row_of(weight_, 0);
  EXPECT_EQ(first[0], 2);
  EXPECT_EQ(first[127], 2);
  EXPECT_EQ(first[128], 3);
  EXPECT_EQ(first[199], 3);
  EXPECT_EQ(row_of(weight_, 127), first);

  EXPECT_EQ(row_of(weight_, 128)[127], 5);
  EXPECT_EQ(row_of(weight_, 129)[128], 7);
}

TEST_F(ScaledWeight, SlicesKeepTheScalesOfTheirRows) {
  const Weight middle = weight_.slice_rows(100, 30).slice_rows(20, 10);  // rows 120 to 129

  EXPECT_EQ(row_of(middle, 7)[0], 2);
  EXPECT_EQ(row_of(middle, 8)[0], 5);
  EXPECT_EQ(row_of(middle, 9)[199], 7);
}

TEST_F(ScaledWeight, ProductsAndEmbeddingsAreScaled) {
  const Buffer x = backend_.allocate(kColumns);
  const Buffer out = backend_.allocate(kRows);
  backend_.write(std::vector<float>(kColumns, 1.0F), x.view(1, kColumns));

  backend_.matmul(weight_, x.view(1, kColumns), out.view(1, kRows));
  std::vector<float> sums(kRows);
  backend_.read(out.view(1, kRows), sums);
  EXPECT_EQ(sums[0], 2 * 128 + 3 * 72);
  EXPECT_EQ(sums[129], 5 * 128 + 7 * 72);

  const std::vector<int32_t> token = {129};
  backend_.embed(weight_, token, x.view(1, kColumns));
  std::vector<float> row(kColumns);
  backend_.read(x.view(1, kColumns), row);
  EXPECT_EQ(row, row_of(weight_, 129));
}

}  // namespace
}  // namespace suan::engine
