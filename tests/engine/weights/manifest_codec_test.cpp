#include "engine/weights/manifest_codec.h"

#include <gtest/gtest.h>

#include "tests/engine/weights/reader_probe.h"
#include "tests/support/gguf_builder.h"

namespace suan::engine {
namespace {

ReaderAnswer answer() {
  return {.manifest = read_gguf(testing::tiny_deepseek2().bytes()), .refusal = ""};
}

TEST(ManifestCodec, GivesBackWhatItTook) {
  const ReaderAnswer before = answer();

  const ReaderAnswer after = decode_answer(encode(before));

  EXPECT_EQ(after.manifest.hyper.architecture, "deepseek2");
  EXPECT_EQ(after.manifest.hyper.value_dim, 3U);
  EXPECT_EQ(after.manifest.hyper.router_score, RouterScore::Sigmoid);
  EXPECT_EQ(after.manifest.tensors.size(), before.manifest.tensors.size());
  EXPECT_EQ(after.manifest.tensors[5].shape, before.manifest.tensors[5].shape);
  EXPECT_EQ(after.manifest.vocabulary.pieces, before.manifest.vocabulary.pieces);
  EXPECT_EQ(encode(after), encode(before));  // no field is forgotten
}

TEST(ManifestCodec, CarriesARefusal) {
  EXPECT_EQ(decode_answer(encode({.manifest = {}, .refusal = "no"})).refusal, "no");
}

TEST(ManifestCodec, EveryTruncationIsRefused) {
  const auto bytes = encode(answer());

  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(static_cast<void>(decode_answer(std::span(bytes).first(length))), ModelError);
  }
}

TEST(ManifestCodec, AnyChangedByteIsDecodedOrRefused) {
  const auto bytes = encode(answer());
  size_t refused = 0;

  for (size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] = 0xFF;
    try {
      static_cast<void>(decode_answer(changed));
    } catch (const ModelError&) {
      ++refused;
    }
  }

  EXPECT_GT(refused, 100U);  // lengths, enumerators, the beginning
}

TEST(ManifestCodec, BytesAfterTheAnswerAreRefused) {
  auto bytes = encode(answer());
  bytes.push_back(0);

  EXPECT_THROW(static_cast<void>(decode_answer(bytes)), ModelError);
}

}  // namespace
}  // namespace suan::engine
