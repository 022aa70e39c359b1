#include "engine/weights/dequantize.h"

#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace suan::engine {
namespace {

TEST(Dequantize, EveryF16SurvivesTheWayToFloatAndBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = float_of_f16(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(float_of_f16(f16_of_float(value))));
    } else {
      ASSERT_EQ(f16_of_float(value), bits) << value;
    }
  }
}

TEST(Dequantize, EveryBf16SurvivesTheWayToFloatAndBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = float_of_bf16(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(float_of_bf16(bf16_of_float(value))));
    } else {
      ASSERT_EQ(bf16_of_float(value), bits) << value;
    }
  }
}

TEST(Dequantize, KnowsTheCornersOfF16) {
  EXPECT_EQ(float_of_f16(0x3C00), 1.0F);
  EXPECT_EQ(float_of_f16(0xC000), -2.0F);
  EXPECT_EQ(float_of_f16(0x7BFF), 65504.0F);
  EXPECT_EQ(float_of_f16(0x0001), 0x1p-24F);
  EXPECT_TRUE(std::isinf(float_of_f16(0x7C00)));
  EXPECT_TRUE(std::isnan(float_of_f16(0x7E00)));
}

TEST(Dequantize, RoundsToTheNearestEvenF16) {
  EXPECT_EQ(f16_of_float(1.0F + 0x1p-11F), 0x3C00);      // tie: even below
  EXPECT_EQ(f16_of_float(1.0F + 3 * 0x1p-11F), 0x3C02);  // tie: even above
  EXPECT_EQ(f16_of_float(1.0F + 0x1.1p-11F), 0x3C01);
  EXPECT_EQ(f16_of_float(65519.9F), 0x7BFF);
  EXPECT_EQ(f16_of_float(65520.0F), 0x7C00);
  EXPECT_EQ(f16_of_float(0x1p-25F), 0x0000);
  EXPECT_EQ(f16_of_float(0x1.8p-25F), 0x0001);
}

TEST(Dequantize, MultipliesAQ8BlockByItsScale) {
  std::vector<unsigned char> blocks(68);
  const std::array<float, 2> scales = {0.5F, -0.25F};
  for (size_t block = 0; block < 2; ++block) {
    const uint16_t scale = f16_of_float(scales[block]);
    std::memcpy(&blocks[34 * block], &scale, sizeof scale);
    for (size_t i = 0; i < 32; ++i) {
      blocks[34 * block + 2 + i] = static_cast<unsigned char>(static_cast<int8_t>(i * 8 - 128));
    }
  }
  std::vector<float> row(64);

  dequantize(TensorType::Q8_0, blocks.data(), row);

  EXPECT_EQ(row[0], -64.0F);
  EXPECT_EQ(row[31], 60.0F);
  EXPECT_EQ(row[32], 32.0F);
  EXPECT_EQ(row[63], -30.0F);
}

TEST(Dequantize, ReadsUnalignedBytes) {
  const std::array<float, 2> values = {1.5F, -2.25F};
  std::array<unsigned char, 9> bytes{};
  std::memcpy(bytes.data() + 1, values.data(), 8);
  std::array<float, 2> row{};

  dequantize(TensorType::F32, bytes.data() + 1, row);

  EXPECT_EQ(row, values);
}

}  // namespace
}  // namespace suan::engine
