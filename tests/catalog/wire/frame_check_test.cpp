#include "catalog/wire/frame_check.h"

#include <gtest/gtest.h>

#include "catalog/wire/convert.h"

namespace suan {
namespace {

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U)
    bytes += static_cast<char>(0x80U | (value & 0x7FU));
  return bytes + static_cast<char>(value);
}

std::string field(uint32_t number, const std::string& content) {
  return varint((number << 3U) | 2U) + varint(content.size()) + content;
}

TEST(FrameCheck, Z7_RefusesTenThousandEmptySubmessages) {
  std::string list;
  for (int i = 0; i < 10'001; ++i)
    list += field(2, "");

  const auto checked = check_frame(field(v1::Envelope::kHeartbeat, list));

  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::BadRequest);
}

TEST(FrameCheck, Z7_RefusesDeepNesting) {
  std::string logprob;
  for (int i = 0; i < 20; ++i)
    logprob = field(v1::Logprob::kTopFieldNumber, logprob);
  const std::string piece = field(v1::Piece::kLogprobsFieldNumber, logprob);

  EXPECT_FALSE(check_frame(field(v1::Envelope::kTokens, field(3, piece))));
}

TEST(FrameCheck, Z7_RefusesATextAbove64KiB) {
  v1::Envelope envelope;
  envelope.mutable_refused()->set_message(std::string(70'000, 'x'));

  EXPECT_FALSE(check_frame(envelope.SerializeAsString()));
}

TEST(FrameCheck, LetsBodyPartsAndJsonBeLonger) {
  v1::Envelope body;
  body.mutable_body_part()->set_part(std::string(128U << 10U, ' '));
  v1::Envelope answer;
  answer.mutable_answer()->set_json(std::string(500'000, ' '));
  v1::Envelope done;
  done.mutable_done()->set_answer_json(std::string(500'000, ' '));

  EXPECT_TRUE(check_frame(body.SerializeAsString()));
  EXPECT_TRUE(check_frame(answer.SerializeAsString()));
  EXPECT_TRUE(check_frame(done.SerializeAsString()));
}

TEST(FrameCheck, LetsAViewOfAThousandModelsPass) {
  v1::Envelope envelope;
  for (int i = 0; i < 1000; ++i) {
    v1::ModelService& model = *envelope.mutable_view()->add_models();
    model.set_model_id("model-" + std::to_string(i));
    model.set_context_tokens(4096);
    model.set_vocabulary(32000);
    model.add_site_ids("a");
  }

  EXPECT_TRUE(check_frame(envelope.SerializeAsString()));
}

TEST(FrameCheck, EveryCutOfARealFrameIsRefusedOrShorter) {
  v1::Envelope envelope;
  envelope.set_seq(1'000'000);
  v1::Piece& piece = *envelope.mutable_tokens()->add_pieces();
  piece.set_text("hello");
  piece.add_logprobs()->set_logprob(-0.5);
  const std::string frame = envelope.SerializeAsString();

  for (size_t size = 0; size < frame.size(); ++size) {
    const auto decoded = decode_envelope(frame.substr(0, size));
    EXPECT_TRUE(!decoded || decoded->body_case() != v1::Envelope::kTokens) << size;
  }
}

}  // namespace
}  // namespace suan
