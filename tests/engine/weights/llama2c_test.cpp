#include "engine/weights/llama2c.h"

#include <array>
#include <cstring>

#include <gtest/gtest.h>

#include "tests/engine/weights/reader_probe.h"

namespace suan::engine {
namespace {

using Header = std::array<int32_t, 7>;

constexpr Header kTiny = {8, 12, 2, 2, 1, -6, 16};  // vocabulary < 0: an output of its own

/// Floats of a checkpoint with this header, by the format's description.
size_t float_count(const Header& h) {
  const size_t dim = static_cast<size_t>(h[0]);
  const size_t hidden = static_cast<size_t>(h[1]);
  const size_t layers = static_cast<size_t>(h[2]);
  const size_t head = dim / static_cast<size_t>(h[3]);
  const size_t kv = head * static_cast<size_t>(h[4]);
  const size_t words = static_cast<size_t>(std::abs(h[5]));
  const size_t layer = 2 * dim + 2 * dim * dim + 2 * dim * kv + 3 * dim * hidden;
  const size_t rope = static_cast<size_t>(h[6]) * (head / 2);
  return words * dim * (h[5] < 0 ? 2 : 1) + layers * layer + dim + 2 * rope;
}

std::string checkpoint(const Header& header, size_t floats) {
  std::string bytes(sizeof header + floats * sizeof(float), '\0');
  std::memcpy(bytes.data(), header.data(), sizeof header);
  return bytes;
}

std::string refusal(const std::string& bytes) {
  try {
    static_cast<void>(read_manifest(ModelFormat::Llama2c, {{"m.bin", as_bytes(bytes)}}));
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

std::string vocabulary_refusal(const std::string& bytes, uint32_t size) {
  try {
    static_cast<void>(read_llama2c_vocabulary({"tok.bin", as_bytes(bytes)}, size));
    return "accepted";
  } catch (const ModelError& error) {
    return error.what();
  }
}

TEST(Llama2c, LaysTensorsOneBehindTheOther) {
  const std::string bytes = checkpoint(kTiny, float_count(kTiny));

  const Manifest manifest = read_manifest(ModelFormat::Llama2c, {{"m.bin", as_bytes(bytes)}});

  EXPECT_EQ(manifest.find("token_embd.weight")->offset, 28U);
  EXPECT_EQ(manifest.find("blk.1.attn_q.weight")->offset,
            manifest.find("blk.0.attn_q.weight")->offset + 256);
  const TensorEntry& output = *manifest.find("output.weight");
  EXPECT_EQ(output.offset + output.bytes, bytes.size());
}

TEST(Llama2c, M1_TheFileHasExactlyTheBytesThatTheHeaderSays) {
  const size_t floats = float_count(kTiny);

  EXPECT_NE(refusal(checkpoint(kTiny, floats + 1)).find("the header describes"),
            std::string::npos);
  for (size_t fewer = 0; fewer < floats; fewer += 7) {
    ASSERT_NE(refusal(checkpoint(kTiny, fewer)).find("bytes, but"), std::string::npos) << fewer;
  }
  EXPECT_NE(refusal("abc").find("needs 4 bytes"), std::string::npos);
}

TEST(Llama2c, M3_HeaderFieldsHaveRanges) {
  for (size_t field = 0; field < kTiny.size(); ++field) {
    for (const int32_t value : {0, INT32_MIN, INT32_MAX}) {
      Header header = kTiny;
      header[field] = value;
      ASSERT_NE(refusal(checkpoint(header, 4096)).find("allowed is 1 to"), std::string::npos)
          << field << ' ' << value;
    }
  }
  Header header = kTiny;
  header[3] = 3;
  EXPECT_NE(refusal(checkpoint(header, 4096)).find("no multiple of n_heads"),
            std::string::npos);
}

TEST(Llama2c, TheVocabularyHasOnePieceForEachToken) {
  std::string words(4, '\0');
  for (const char* piece : {"<unk>", "<s>", "</s>", "<0x41>", " a"}) {
    const auto length = static_cast<int32_t>(std::strlen(piece));
    words += std::string(4, '\0');
    words.append(reinterpret_cast<const char*>(&length), sizeof length);
    words += piece;
  }

  const Vocabulary vocabulary = read_llama2c_vocabulary({"tok.bin", as_bytes(words)}, 5);

  EXPECT_EQ(vocabulary.pieces.at(4),
            "\xE2\x96\x81"
            "a");
  EXPECT_EQ(vocabulary.types, (std::vector<uint8_t>{2, 3, 3, 6, 1}));
  EXPECT_NE(vocabulary_refusal(words, 6).find("needs 4 bytes"), std::string::npos);
  EXPECT_NE(vocabulary_refusal(words, 4).find("follow the 4 pieces"), std::string::npos);
  for (size_t length = 0; length < words.size(); ++length) {
    EXPECT_NE(vocabulary_refusal(words.substr(0, length), 5), "accepted");
  }
  words[8] = words[9] = words[10] = words[11] = '\x7F';
  EXPECT_NE(vocabulary_refusal(words, 5).find("bytes long"), std::string::npos);
}

}  // namespace
}  // namespace suan::engine
