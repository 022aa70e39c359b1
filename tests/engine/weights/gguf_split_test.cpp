#include <gtest/gtest.h>

#include "engine/weights/file_set.h"
#include "tests/engine/weights/reader_probe.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

using testing::float_bytes;
using testing::GgufBuilder;
using testing::TemporaryFolder;
using testing::tiny_llama;

constexpr uint32_t kTensors = 11;  // of tiny_llama

/// A llama in two files: the feed-forward matrices lie in the second.
struct Split {
  GgufBuilder first = tiny_llama();
  GgufBuilder second;

  Split() {
    for (const char* name : {"blk.0.ffn_gate", "blk.0.ffn_up", "blk.0.ffn_down"})
      first.without(std::string(name) + ".weight");
    first.whole("split.no", 0).whole("split.count", 2).whole("split.tensors.count", kTensors);
    second.whole("split.no", 1).whole("split.count", 2).whole("split.tensors.count", kTensors);
    second.tensor("blk.0.ffn_gate.weight", {8, 12}, 0, float_bytes(96));
    second.tensor("blk.0.ffn_up.weight", {8, 12}, 0, float_bytes(96));
    second.tensor("blk.0.ffn_down.weight", {12, 8}, 0, float_bytes(96));
  }

  /// The manifest, or why there is none.
  [[nodiscard]] std::string read(Manifest* manifest = nullptr) const {
    const std::string one = first.bytes();
    const std::string two = second.bytes();
    try {
      Manifest made = read_manifest(
          ModelFormat::Gguf,
          {{"m-00001-of-00002.gguf", as_bytes(one)}, {"m-00002-of-00002.gguf", as_bytes(two)}});
      if (manifest != nullptr) *manifest = std::move(made);
      return "accepted";
    } catch (const ModelError& error) {
      return error.what();
    }
  }
};

void expect_words(const std::string& sentence, const std::string& words) {
  EXPECT_NE(sentence.find(words), std::string::npos) << sentence;
}

TEST(GgufSplit, TensorsOfAllFilesMakeOneModel) {
  Manifest manifest;

  ASSERT_EQ(Split().read(&manifest), "accepted");

  EXPECT_EQ(manifest.tensors.size(), kTensors);
  EXPECT_EQ(manifest.find("blk.0.attn_q.weight")->file, 0U);
  EXPECT_EQ(manifest.find("blk.0.ffn_up.weight")->file, 1U);
}

TEST(GgufSplit, FilesThatDoNotBelongTogetherAreRefused) {
  Split split;
  split.second.whole("split.no", 2);
  expect_words(split.read(), "m-00002-of-00002.gguf: split.no is 2, but the name says 1");

  split = Split();
  split.second.whole("split.count", 3);
  expect_words(split.read(), "split.count is 3, but the name says 2");

  split = Split();
  split.first.whole("split.tensors.count", 12);
  expect_words(split.read(), "split.tensors.count is 12, but the files have 11 tensors");

  split = Split();
  split.second.tensor("output_norm.weight", {8}, 0, float_bytes(8));
  split.first.whole("split.tensors.count", 12);
  expect_words(split.read(), "'output_norm.weight' stands twice");
}

TEST(GgufSplit, OneFileOfSeveralIsNotAModel) {
  expect_words(refusal_of_gguf(Split().first.bytes()), "-00001-of-00002.gguf");
}

std::string refusal_of_files(const std::filesystem::path& path) {
  try {
    return std::to_string(open_files(path).files.size()) + " files";
  } catch (const ModelError& error) {
    return error.what();
  }
}

TEST(GgufSplit, TheFirstFilesNameLeadsToTheOthers) {
  const TemporaryFolder folder;
  const auto first = folder.write("m-00001-of-00002.gguf", Split().first.bytes());
  expect_words(refusal_of_files(first), "m-00002-of-00002.gguf: cannot be opened");

  const auto second = folder.write("m-00002-of-00002.gguf", Split().second.bytes());
  EXPECT_EQ(refusal_of_files(first), "2 files");
  expect_words(refusal_of_files(second), "name the first, 'm-00001-of-00002.gguf'");
  EXPECT_EQ(refusal_of_files(folder.write("m-00001-of-0002.gguf", "GGUF....")), "1 files");
  EXPECT_EQ(refusal_of_files(folder.write("m-+0001-of-00002.gguf", "GGUF....")), "1 files");
  expect_words(refusal_of_files(folder.write("m-00001-of-01025.gguf", "GGUF....")),
               "one of 1025 files, allowed are 1024");
}

}  // namespace
}  // namespace suan::engine
