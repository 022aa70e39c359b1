#include "engine/weights/quantize.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "engine/weights/dequantize.h"

namespace suan::engine {
namespace {

/// Near-normal values of standard deviation 0.02, as weights have them.
std::vector<float> weights(size_t count, uint64_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    float sum = 0;
    for (int i = 0; i < 12; ++i) {
      seed = seed * 6364136223846793005U + 1442695040888963407U;
      sum += static_cast<float>(seed >> 40) * 0x1p-24F;
    }
    value = 0.02F * (sum - 6);
  }
  return values;
}

std::vector<unsigned char> stored(TensorType type, const std::vector<float>& values) {
  const Block block = block_of(type);
  std::vector<unsigned char> bytes(values.size() / block.elements * block.bytes);
  quantize(type, values, bytes.data());
  return bytes;
}

std::vector<float> through(TensorType type, const std::vector<float>& values) {
  std::vector<float> back(values.size());
  dequantize(type, stored(type, values).data(), back);
  return back;
}

/// Root mean square of what is lost, over that of the values.
double loss(TensorType type, const std::vector<float>& values) {
  const std::vector<float> back = through(type, values);
  double lost = 0;
  double all = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    lost += std::pow(double{back[i]} - values[i], 2);
    all += std::pow(double{values[i]}, 2);
  }
  return std::sqrt(lost / all);
}

// What ggml's own writer loses on normal weights: 0.00534 (Q8_0), 0.0857 (Q4_0), 0.0782 (Q4_1),
// 0.0426 (Q5_0), 0.0378 (Q5_1), 0.0713 (Q4_K), 0.0361 (Q5_K), 0.0177 (Q6_K).
TEST(Quantize, LosesNoMoreThanTheUsualWriter) {
  const auto values = weights(1 << 16, 1);

  EXPECT_LT(loss(TensorType::F16, values), 0.0003);
  EXPECT_LT(loss(TensorType::BF16, values), 0.0018);
  EXPECT_LT(loss(TensorType::Q8_0, values), 0.0054);
  EXPECT_LT(loss(TensorType::Q4_0, values), 0.082);
  EXPECT_LT(loss(TensorType::Q4_1, values), 0.071);
  EXPECT_LT(loss(TensorType::Q5_0, values), 0.041);
  EXPECT_LT(loss(TensorType::Q5_1, values), 0.035);
  EXPECT_LT(loss(TensorType::Q4_K, values), 0.071);
  EXPECT_LT(loss(TensorType::Q5_K, values), 0.036);
  EXPECT_LT(loss(TensorType::Q6_K, values), 0.0176);
}

class QuantizeEach : public ::testing::TestWithParam<BlockType> {};

TEST_P(QuantizeEach, KeepsZerosAndASecondPassChangesLittle) {
  const TensorType type = GetParam().type;
  const std::vector<float> zeros(512, 0);
  const auto values = weights(4096, 2);

  const auto once = through(type, values);

  EXPECT_EQ(through(type, zeros), zeros);
  const double again = loss(type, once);
  EXPECT_LE(again, loss(type, values) + 1e-9);
}

TEST_P(QuantizeEach, StoresFiniteValuesWhateverItIsGiven) {
  const TensorType type = GetParam().type;
  if (block_of(type).elements == 1) return;  // these keep what is no number
  auto values = weights(512, 3);
  values[0] = std::numeric_limits<float>::quiet_NaN();
  values[40] = std::numeric_limits<float>::infinity();
  values[300] = -std::numeric_limits<float>::infinity();
  values[301] = 3e38F;
  values[302] = -1e-42F;

  for (const float value : through(type, values))
    EXPECT_TRUE(std::isfinite(value));
}

TEST_P(QuantizeEach, StoresTinyAndHugeBlocks) {
  const TensorType type = GetParam().type;
  for (const float size : {1e-30F, 1e-6F, 1.0F, 1e3F}) {
    auto values = weights(512, 4);
    for (float& value : values)
      value *= size / 0.02F;

    for (const float value : through(type, values))
      EXPECT_LE(std::fabs(value), 7 * size);
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         QuantizeEach,
                         ::testing::ValuesIn(kBlockTypes),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Quantize, OneLargeValueStaysLarge) {
  for (const TensorType type : {TensorType::Q4_0, TensorType::Q4_K, TensorType::Q6_K}) {
    auto values = weights(256, 5);
    values[17] = 2;
    values[200] = -3;

    const auto back = through(type, values);

    EXPECT_NEAR(back[17], 2, 0.15) << name_of(type);
    EXPECT_NEAR(back[200], -3, 0.25) << name_of(type);
  }
}

TEST(Quantize, F8RoundsToTheNearestAndSaturates) {
  EXPECT_EQ(f8_e4m3_of_float(1.0F), 0x38);
  EXPECT_EQ(f8_e4m3_of_float(-1.0F), 0xB8);
  EXPECT_EQ(f8_e4m3_of_float(448.0F), 0x7E);
  EXPECT_EQ(f8_e4m3_of_float(1e6F), 0x7E);
  EXPECT_EQ(f8_e4m3_of_float(0x1p-9F), 0x01);
  EXPECT_EQ(f8_e4m3_of_float(0x1p-10F), 0x00);   // halfway between 0 and the smallest: even
  EXPECT_EQ(f8_e4m3_of_float(1.0625F), 0x38);    // halfway between 1 and 1.125: even
  EXPECT_EQ(f8_e4m3_of_float(0x1.Fp-7F), 0x08);  // up into the normal numbers
  EXPECT_EQ(f8_e4m3_of_float(NAN) & 0x7F, 0x7F);
}

TEST(Quantize, EveryF8ValueComesBack) {
  for (int code = 0; code < 256; ++code) {
    if ((code & 0x7F) == 0x7F) continue;  // NaN
    const auto bits = static_cast<unsigned char>(code);
    float value = 0;
    dequantize(TensorType::F8E4M3, &bits, {&value, 1});
    EXPECT_EQ(f8_e4m3_of_float(value), code) << value;
  }
}

}  // namespace
}  // namespace suan::engine
