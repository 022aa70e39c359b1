#include "engine/weights/block_types.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/weights/dequantize.h"

namespace suan::engine {
namespace {

std::vector<unsigned char> bytes_of_hex(const std::string& hex) {
  std::vector<unsigned char> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<unsigned char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/// A line of tests/data/dequantize: blocks, and what a scalar Python program says they mean.
struct Vector {
  TensorType type{};
  std::vector<unsigned char> blocks;
  std::vector<float> values;
};

std::vector<Vector> vectors() {
  std::ifstream in(std::string(SUAN_SOURCE_DIR) + "/tests/data/dequantize/vectors.jsonl");
  std::vector<Vector> vectors;
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    const auto floats = bytes_of_hex(json.at("floats"));
    Vector vector{.type = tensor_type(json.at("type").get<std::string>()).value(),
                  .blocks = bytes_of_hex(json.at("bytes")),
                  .values = std::vector<float>(floats.size() / sizeof(float))};
    std::memcpy(vector.values.data(), floats.data(), floats.size());
    vectors.push_back(std::move(vector));
  }
  return vectors;
}

// Q4_1, Q5_1, Q4_K and Q5_K round once, in the sum; all products of the others are exact.
TEST(BlockTypes, EachMeansWhatItsDefinitionSays) {
  const std::vector<Vector> all = vectors();
  ASSERT_EQ(all.size(), 9U);  // every type but the plain ones

  for (const Vector& vector : all) {
    std::vector<float> row(vector.values.size());
    dequantize(vector.type, vector.blocks.data(), row);

    for (size_t i = 0; i < row.size(); ++i) {
      const float wanted = vector.values[i];
      if (std::isnan(wanted)) {
        ASSERT_TRUE(std::isnan(row[i])) << name_of(vector.type) << ' ' << i;
      } else {
        ASSERT_NEAR(row[i], wanted, 1e-6F * std::max(1.0F, std::fabs(wanted)))
            << name_of(vector.type) << ' ' << i;
      }
    }
  }
}

TEST(BlockTypes, HaveTheSizesOfTheFormats) {
  const auto expect = [](TensorType type, uint32_t bytes, uint32_t elements) {
    EXPECT_EQ(block_of(type).bytes, bytes) << name_of(type);
    EXPECT_EQ(block_of(type).elements, elements) << name_of(type);
  };
  expect(TensorType::Q4_0, 18, 32);
  expect(TensorType::Q4_1, 20, 32);
  expect(TensorType::Q5_0, 22, 32);
  expect(TensorType::Q5_1, 24, 32);
  expect(TensorType::Q4_K, 144, 256);
  expect(TensorType::Q5_K, 176, 256);
  expect(TensorType::Q6_K, 210, 256);
  expect(TensorType::F8E4M3, 1, 1);
}

TEST(BlockTypes, NamesLeadBackToTheirTypes) {
  for (const BlockType& each : kBlockTypes)
    EXPECT_EQ(tensor_type(each.name), each.type);
  EXPECT_FALSE(tensor_type("q3_k"));
  EXPECT_FALSE(tensor_type(""));
}

TEST(BlockTypes, KnowTheCornersOfE4M3) {
  const std::vector<unsigned char> codes = {0x00, 0x80, 0x01, 0x7E, 0xFE, 0x38, 0x7F, 0xFF};
  std::vector<float> values(codes.size());

  dequantize(TensorType::F8E4M3, codes.data(), values);

  EXPECT_EQ(values[0], 0.0F);
  EXPECT_TRUE(std::signbit(values[1]));
  EXPECT_EQ(values[2], 0x1p-9F);
  EXPECT_EQ(values[3], 448.0F);
  EXPECT_EQ(values[4], -448.0F);
  EXPECT_EQ(values[5], 1.0F);
  EXPECT_TRUE(std::isnan(values[6]));
  EXPECT_TRUE(std::isnan(values[7]));
}

}  // namespace
}  // namespace suan::engine
