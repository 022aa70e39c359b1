#include "engine/weights/model_file.h"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "tests/support/gguf_builder.h"
#include "tests/support/temporary_folder.h"

namespace suan::engine {
namespace {

using testing::read_bytes;
using testing::TemporaryFolder;
using testing::tiny_deepseek2;

const std::filesystem::path kSource = SUAN_SOURCE_DIR;
const ReaderCommand kHere;
const ReaderCommand kChild{.arguments = {SUAN_MODEL_READER, "model-reader"}};

std::string refusal(const std::filesystem::path& path, const ReaderCommand& reader) {
  try {
    static_cast<void>(open_model(path, reader));
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

/// Everything must come out alike whether a child reads or this process does.
class ModelFiles : public ::testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] static const ReaderCommand& reader() { return GetParam() ? kChild : kHere; }
};

TEST_P(ModelFiles, OpensTheBundledModel) {
  const auto model = open_model(kSource / "models/stories-moe", reader());

  const Manifest& manifest = model->manifest();
  const HyperParameters& hyper = manifest.hyper;
  EXPECT_EQ(hyper.architecture, "stories-moe");
  EXPECT_EQ(hyper.layers, 5U);
  EXPECT_EQ(hyper.experts, 16U);
  EXPECT_EQ(hyper.experts_used, 4U);
  EXPECT_EQ(hyper.expert_ff_dim, 44U);
  EXPECT_EQ(hyper.shared_ff_dim, 172U);
  EXPECT_EQ(hyper.groups, 1U);
  EXPECT_EQ(hyper.router_score, RouterScore::Sigmoid);
  EXPECT_TRUE(hyper.router_normalises);
  EXPECT_FLOAT_EQ(hyper.router_scale, 4.0F);
  EXPECT_TRUE(hyper.rope_is_adjacent);
  EXPECT_EQ(manifest.tensors.size(), 297U);
  EXPECT_EQ(manifest.find("output.weight"), nullptr);  // tied
  EXPECT_EQ(manifest.vocabulary.pieces.size(), 512U);
  EXPECT_EQ(manifest.vocabulary.ends, (std::vector<int32_t>{1, 2}));
  EXPECT_EQ(manifest.quantization, "f32");
  EXPECT_TRUE(manifest.chat_template.empty());
}

TEST_P(ModelFiles, OpensALlama2cCheckpoint) {
  const auto model =
      open_model(kSource / "tests/data/models/stories260K/stories260K.bin", reader());

  EXPECT_EQ(model->manifest().hyper.architecture, "llama");
  EXPECT_EQ(model->manifest().hyper.kv_heads, 4U);
  EXPECT_EQ(model->manifest().hyper.ff_dim, 172U);
  EXPECT_EQ(model->manifest().tensors.size(), 47U);
  EXPECT_EQ(model->manifest().vocabulary.pieces.at(259), "\xE2\x96\x81t");
  const unsigned char* first = model->data(*model->manifest().find("token_embd.weight"));
  const std::string bytes =
      read_bytes(kSource / "tests/data/models/stories260K/stories260K.bin");
  EXPECT_EQ(std::memcmp(first, bytes.data() + 28, sizeof(float)), 0);
}

TEST_P(ModelFiles, OpensAFileThatHoldsOnlyAVocabulary) {
  const auto model =
      open_model(kSource / "tests/data/tokenizer/llamacpp/ggml-vocab-llama-spm.gguf", reader());

  EXPECT_TRUE(model->manifest().tensors.empty());
  EXPECT_EQ(model->manifest().vocabulary.pieces.size(), 32'000U);
  EXPECT_EQ(model->manifest().vocabulary.kind, VocabularyKind::SentencePiece);
}

TEST_P(ModelFiles, KeepsAByteLevelVocabularyAsData) {
  const auto model = open_model(
      kSource / "tests/data/tokenizer/llamacpp/ggml-vocab-deepseek-coder.gguf", reader());

  const Vocabulary& vocabulary = model->manifest().vocabulary;
  EXPECT_EQ(vocabulary.kind, VocabularyKind::ByteBpe);
  EXPECT_EQ(vocabulary.pre_split, "deepseek-coder");
  EXPECT_GT(vocabulary.merges.size(), 30'000U);
}

TEST_P(ModelFiles, GivesTheBytesOfEachTensor) {
  const TemporaryFolder folder;
  const auto path = folder.write("m.gguf", tiny_deepseek2().bytes());

  const auto model = open_model(path, reader());

  const TensorEntry& last = *model->manifest().find("blk.1.ffn_down_shexp.weight");
  const std::string expected = testing::float_bytes(80);
  EXPECT_EQ(last.bytes, expected.size());
  EXPECT_EQ(std::memcmp(model->data(last), expected.data(), expected.size()), 0);
}

TEST_P(ModelFiles, RefusesATruncatedFileByName) {
  const TemporaryFolder folder;
  const std::string whole = tiny_deepseek2().bytes();
  const auto path = folder.write("cut.gguf", whole.substr(0, whole.size() - 1));

  EXPECT_TRUE(refusal(path, reader()).starts_with("cut.gguf: tensor "));
}

INSTANTIATE_TEST_SUITE_P(HereAndInAChild, ModelFiles, ::testing::Bool(), [](const auto& test) {
  return test.param ? "Child" : "Here";
});

TEST(ModelFile, DigestOfASingleFileIsItsOwn) {
  const TemporaryFolder folder;
  const auto path = folder.write("m.gguf", tiny_deepseek2().bytes());
  const auto changed =
      folder.write("n.gguf", tiny_deepseek2().text("general.name", "n").bytes());

  const std::string digest = open_model(path, kHere)->digest();

  EXPECT_EQ(digest.size(), 64U);
  EXPECT_EQ(digest, open_model(path, kChild)->digest());
  EXPECT_NE(digest, open_model(changed, kHere)->digest());
}

/// The first byte of the last tensor.
unsigned char probe(const ModelFile& model) {
  return *model.data(*model.manifest().find("blk.1.ffn_down_shexp.weight"));
}

TEST(ModelFile, M10_AWritableFileThatShrinksEndsNothing) {
  const TemporaryFolder folder;
  const auto path = folder.write("m.gguf", tiny_deepseek2().bytes());
  const unsigned char before = probe(*open_model(path, kHere));

  const auto model = open_model(path, kChild, {.copies_writable_files = true});
  std::filesystem::resize_file(path, 1);

  EXPECT_EQ(probe(*model), before);
  EXPECT_EQ(model->digest().size(), 64U);
}

TEST(ModelFile, M10_AReadOnlyFileIsMapped) {
  const TemporaryFolder folder;
  const auto path = folder.write("m.gguf", tiny_deepseek2().bytes());
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  const auto model = open_model(path, kHere, {.copies_writable_files = true});

  // A file of the store changes for nobody; here its owner does it, to see that it is mapped.
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  const unsigned char before = probe(*model);
  std::string bytes = read_bytes(path);
  const size_t last = bytes.size() - testing::float_bytes(80).size();
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(last));
  file.put(static_cast<char>(before + 1));
  file.close();

  EXPECT_EQ(probe(*model), static_cast<unsigned char>(before + 1));
}

TEST(ModelFile, M10_OnlyRegularFilesAreOpened) {
  const TemporaryFolder folder;
  const auto real = folder.write("m.gguf", tiny_deepseek2().bytes());
  std::filesystem::create_symlink(real, folder.path() / "link.gguf");
  ASSERT_EQ(mkfifo((folder.path() / "fifo.gguf").c_str(), 0600), 0);

  EXPECT_NE(refusal(folder.path() / "link.gguf", kHere).find("symbolic link"),
            std::string::npos);
  EXPECT_NE(refusal(folder.path() / "fifo.gguf", kHere).find("no regular file"),
            std::string::npos);
  EXPECT_NE(refusal(folder.path() / "none.gguf", kHere).find("No such file"),
            std::string::npos);
  EXPECT_NE(refusal(folder.path(), kHere).find("config.json"), std::string::npos);
  EXPECT_NE(refusal(folder.write("e.gguf", ""), kHere).find("is empty"), std::string::npos);
  EXPECT_NE(refusal(folder.write("pickle.pt", "PK\3\4"), kHere).find("neither a GGUF"),
            std::string::npos);
}

TEST(ModelFile, M8_AChildThatFailsIsOneSentence) {
  const auto model = kSource / "models/stories-moe";

  EXPECT_EQ(refusal(model, {.arguments = {"/bin/false"}}),
            "stories-moe: the model reader failed with exit status 1 while it read the file");
  EXPECT_NE(refusal(model, {.arguments = {"/bin/sh", "-c", "kill -SEGV $$"}}).find("signal 11"),
            std::string::npos);
  EXPECT_NE(
      refusal(model, {.arguments = {"/bin/sh", "-c", "kill -XCPU $$"}}).find("processor time"),
      std::string::npos);
  EXPECT_NE(refusal(model, {.arguments = {"/nowhere/suan"}}).find("cannot start"),
            std::string::npos);
}

TEST(ModelFile, M9_AChildThatNeverEndsIsKilled) {
  const auto start = std::chrono::steady_clock::now();
  const ReaderCommand endless{.arguments = {"/bin/sh", "-c", "exec sleep 60"},
                              .timeout = std::chrono::milliseconds(200)};
  const ReaderCommand silent{.arguments = {"/bin/sh", "-c", "exec >&-; exec sleep 60"},
                             .timeout = std::chrono::milliseconds(200)};

  EXPECT_NE(
      refusal(kSource / "models/stories-moe", endless).find("did not finish within 200 ms"),
      std::string::npos);
  EXPECT_NE(
      refusal(kSource / "models/stories-moe", silent).find("did not finish within 200 ms"),
      std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
}

TEST(ModelFile, M8_AnAnswerThatIsNoManifestIsRefused) {
  const auto model = kSource / "models/stories-moe";

  EXPECT_NE(refusal(model, {.arguments = {"/bin/true"}}).find("the model reader's answer"),
            std::string::npos);
  EXPECT_NE(refusal(model, {.arguments = {"/bin/echo"}}).find("answer"), std::string::npos);
  EXPECT_NE(
      refusal(model, {.arguments = {"/bin/sh", "-c", "exec cat /dev/zero"}}).find("answered"),
      std::string::npos);
}

}  // namespace
}  // namespace suan::engine
