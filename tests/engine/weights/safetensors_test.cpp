#include "engine/weights/safetensors.h"

#include <cstring>

#include <gtest/gtest.h>

#include "tests/engine/weights/reader_probe.h"

namespace suan::engine {
namespace {

std::string file_of(const std::string& header, uint64_t data_bytes) {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + std::string(data_bytes, '\0');
}

std::string refusal(const std::string& bytes) {
  try {
    static_cast<void>(read_safetensors({"m.safetensors", as_bytes(bytes)}, 1));
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

std::string tensor(const std::string& fields) {
  return R"({"a":{)" + fields + "}}";
}

TEST(Safetensors, GivesEachTensorItsPlaceInTheFile) {
  const std::string bytes = file_of(
      R"({"b":{"dtype":"BF16","shape":[3],"data_offsets":[24,30]},"__metadata__":{"x":"y"},)"
      R"("a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})",
      30);

  const auto entries = read_safetensors({"m.safetensors", as_bytes(bytes)}, 7);

  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_EQ(entries[0].shape, (std::vector<uint64_t>{3, 2}));  // innermost first
  EXPECT_EQ(entries[0].offset, bytes.size() - 30);
  EXPECT_EQ(entries[0].file, 7U);
  EXPECT_EQ(entries[1].type, TensorType::BF16);
  EXPECT_EQ(entries[1].offset, bytes.size() - 6);
}

struct Lie {
  const char* name;
  std::string bytes;
  const char* words;
};

class SafetensorsLies : public ::testing::TestWithParam<Lie> {};

TEST_P(SafetensorsLies, M6_AreRefusedWithASentence) {
  const std::string sentence = refusal(GetParam().bytes);

  EXPECT_NE(sentence.find(GetParam().words), std::string::npos) << sentence;
  EXPECT_TRUE(sentence.starts_with("m.safetensors: ")) << sentence;
}

const Lie kLies[] = {
    {"Empty", "", "needs 8 bytes"},
    {"HugeHeader", std::string(8, '\xFF'), "allowed are 100000000"},
    {"HeaderPastTheEnd", std::string("\x10\0\0\0\0\0\0\0{}", 10), "needs 16 bytes, but 2"},
    {"NoJson", file_of("}{", 0), "no valid JSON"},
    {"TextAfterTheJson", file_of("{} x", 0), "no valid JSON"},
    {"ArrayAtTheRoot", file_of("[1]", 0), "no JSON object"},
    {"NumberAtTheRoot", file_of("1", 0), "no JSON object"},
    {"DeepJson", file_of(std::string(100'000, '[') + std::string(100'000, ']'), 0),
     "no JSON object"},
    {"DeepTensor",
     file_of(R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}", 0),
     "deeper than 3"},
    {"InvalidUtf8", file_of("{\"\xFF\xFE\":{}}", 0), "no valid JSON"},
    {"SurrogateAlone", file_of(R"({"\ud800":{}})", 0), "no valid JSON"},
    {"RepeatedTensor",
     file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
             R"("a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
             8),
     "'a' stands twice"},
    {"RepeatedField",
     file_of(tensor(R"("dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4])"), 4),
     "'dtype' stands twice"},
    {"UnknownType", file_of(tensor(R"("dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4])"), 4),
     "'F8_E5M2', which is not supported; supported: F32, F16, BF16, F8_E4M3"},
    {"NegativeShape", file_of(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), 4),
     "whole numbers in shape"},
    {"FractionalShape",
     file_of(tensor(R"("dtype":"F32","shape":[1.5],"data_offsets":[0,4])"), 4),
     "whole numbers in shape"},
    {"ShapeOfStrings",
     file_of(tensor(R"("dtype":"F32","shape":["1"],"data_offsets":[0,4])"), 4),
     "whole numbers in shape"},
    {"ShapePastUint64",
     file_of(tensor(R"("dtype":"F32","shape":[18446744073709551617],"data_offsets":[0,4])"), 4),
     "whole numbers in shape"},
    {"ShapeThatOverflows",
     file_of(tensor(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0])"),
             0),
     "cannot have the shape"},
    {"NoShape", file_of(tensor(R"("dtype":"F32","shape":[],"data_offsets":[0,4])"), 4),
     "cannot have the shape"},
    {"FiveDimensions",
     file_of(tensor(R"("dtype":"F32","shape":[1,1,1,1,1],"data_offsets":[0,4])"), 4),
     "more than 4 numbers"},
    {"ThreeOffsets", file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,8])"), 4),
     "more than 2 numbers"},
    {"OneOffset", file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), 4),
     "1 data_offsets"},
    {"RangeBackwards", file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), 4),
     "need 4 bytes"},
    {"RangeOfAnotherSize",
     file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), 8), "need 4 bytes"},
    {"RangePastTheEnd",
     file_of(tensor(R"("dtype":"F32","shape":[4],"data_offsets":[0,16])"), 8),
     "needs 16 bytes"},
    {"Gap", file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), 8),
     "begins at byte 4 of the data, 0 was expected"},
    {"Overlap",
     file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
             R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
             8),
     "'b' begins at byte 4 of the data, 8 was expected"},
    {"BytesAfterTheTensors",
     file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"), 5), "end at byte 4"},
    {"UnknownField",
     file_of(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4],"code":"x")"), 4),
     "'code'"},
    {"TensorThatIsANumber", file_of(R"({"a":1})", 0), "no object"},
};

INSTANTIATE_TEST_SUITE_P(All,
                         SafetensorsLies,
                         ::testing::ValuesIn(kLies),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace suan::engine
