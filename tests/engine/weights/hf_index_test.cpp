#include "engine/weights/hf_index.h"

#include <gtest/gtest.h>

#include "engine/weights/file_set.h"
#include "tests/engine/weights/reader_probe.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

using testing::SafetensorsBuilder;
using testing::TemporaryFolder;

void expect_words(const std::string& sentence, const std::string& words) {
  EXPECT_NE(sentence.find(words), std::string::npos) << sentence;
}

std::string refusal_of(const std::string& json) {
  try {
    HfIndex index({"index.json", as_bytes(json)});
    index.find("a", "one");
    index.find("b", "two");
    index.finish();
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

TEST(HfIndex, EveryTensorLiesWhereTheIndexSays) {
  EXPECT_EQ(refusal_of(R"({"metadata":{"total_size":1},"weight_map":{"a":"one","b":"two"}})"),
            "accepted");
  expect_words(refusal_of(R"({"weight_map":{"a":"one","b":"one"}})"),
               "'b' lies in 'two', not in 'one'");
  expect_words(refusal_of(R"({"weight_map":{"a":"one"}})"), "'b' of 'two' is not in");
  expect_words(refusal_of(R"({"weight_map":{"a":"one","b":"two","c":"three"}})"),
               "'c' is missing, or the file 'three'");
  expect_words(refusal_of(R"({"weight_map":{"a":["one"]}})"), "something else");
  expect_words(refusal_of("{}"), "no weight_map");
}

/// The small Llama in two files.
class Folder : public ::testing::Test {
 protected:
  Folder() {
    const testing::HfModel model = testing::small_hf_llama();
    folder_.write("config.json", model.config);
    folder_.write("model-00001-of-000001.safetensors", model.weights.bytes());
  }

  [[nodiscard]] std::string open() const {
    try {
      static_cast<void>(open_model(folder_.path(), {}));
      return "accepted";
    } catch (const ModelError& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
};

TEST_F(Folder, WithoutAnIndexAllFilesCount) {
  EXPECT_EQ(open(), "accepted");
  folder_.write("more.safetensors", SafetensorsBuilder().ones("x", {1}).bytes());
  expect_words(open(), "'x' is not one of a llama model");
}

TEST_F(Folder, TheUsualNameCountsAlone) {
  folder_.write("model.safetensors", testing::small_hf_llama().weights.bytes());
  EXPECT_EQ(open(), "accepted");
}

TEST_F(Folder, WithAnIndexOnlyNumberedFilesCount) {
  folder_.write("consolidated.safetensors", SafetensorsBuilder().ones("x", {1}).bytes());
  folder_.write("model.safetensors.index.json",
                R"({"weight_map":{"lm_head.weight":"model-00001-of-000001.safetensors"}})");

  expect_words(open(), "of 'model-00001-of-000001.safetensors' is not in the weight_map");
}

}  // namespace
}  // namespace suan::engine
