#include "node_agent/body_joiner.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/wire/convert.h"
#include "tests/support/manual_loop.h"

namespace suan::node_agent {
namespace {

constexpr uint32_t kPart = 128U << 10U;

struct JoinerWorld {
  explicit JoinerWorld(AgentConfig the_config = {}) : config(std::move(the_config)) {
    BodyJoiner::Handlers handlers;
    handlers.joined = [this](const StartOrder&, const RequestBody& body) { joined = *body; };
    handlers.broken = [this](const BrokenAttempt& attempt) { broken.push_back(attempt); };
    handlers.grant = [this](const std::string&, StreamId, uint32_t bytes) { granted += bytes; };
    joiner.emplace(loop, config, handlers);
  }

  void start(uint64_t stream, const std::string& gateway = "main") {
    StartOrder order;
    order.stream = StreamId(stream);
    order.gateway_id = gateway;
    joiner->add_start(order);
  }

  void part(uint64_t stream,
            uint32_t total,
            uint32_t offset,
            const std::string& bytes,
            const std::string& gateway = "main") {
    v1::Body message;
    message.set_stream_id(stream);
    message.set_total_bytes(total);
    message.set_offset(offset);
    message.set_part(bytes);
    joiner->add_part(gateway, message);
  }

  ManualLoop loop;
  AgentConfig config;
  std::optional<std::string> joined;
  std::vector<BrokenAttempt> broken;
  uint64_t granted = 0;
  std::optional<BodyJoiner> joiner;
};

TEST(BodyJoiner, AsksForALongBodyInStepsOnceItsStartIsHere) {
  JoinerWorld world;
  const std::string body(size_t{16} * kPart, 'b');  // 2 MiB
  const auto total = static_cast<uint32_t>(body.size());
  world.part(1, total, 0, body.substr(0, kPart));
  EXPECT_EQ(world.granted, 0U);

  world.start(1);

  EXPECT_EQ(world.granted, 4 * kPart);
  for (uint32_t offset = kPart; offset < total; offset += kPart) {
    ASSERT_LE(offset + kPart, kPart + world.granted);  // never beyond the credit
    world.part(1, total, offset, body.substr(offset, kPart));
  }
  EXPECT_EQ(world.joined, body);
  EXPECT_EQ(world.granted, total - kPart);
  EXPECT_EQ(world.joiner->bytes(), 0U);
}

TEST(BodyJoiner, RefusesABodyAbove16MiBForGood) {
  JoinerWorld world;
  world.start(1);

  world.part(1, (16U << 20U) + 1, 0, "x");

  ASSERT_EQ(world.broken.size(), 1U);
  EXPECT_EQ(world.broken[0].error.code, ErrorCode::TooLarge);
  EXPECT_TRUE(world.broken[0].is_final);
}

TEST(BodyJoiner, RefusesBytesThatWereNotGranted) {
  JoinerWorld world;
  world.part(1, 3 * kPart, 0, std::string(kPart, 'a'));

  world.part(1, 3 * kPart, kPart, std::string(kPart, 'a'));  // no Start, so no credit

  ASSERT_EQ(world.broken.size(), 1U);
  EXPECT_EQ(world.broken[0].error.code, ErrorCode::BadRequest);
  EXPECT_EQ(world.joiner->size(), 0U);
}

TEST(BodyJoiner, AGapEndsTheAttemptSoThatItIsRepeated) {
  JoinerWorld world;
  world.start(1);
  world.part(1, 100, 0, std::string(40, 'a'));

  world.part(1, 100, 50, std::string(50, 'a'));

  ASSERT_EQ(world.broken.size(), 1U);
  EXPECT_FALSE(world.broken[0].is_final);
}

TEST(BodyJoiner, IgnoresRepeatedPartsAndThoseOfAnotherGateway) {
  JoinerWorld world;
  world.start(1);
  world.part(1, 6, 0, "abc");

  world.part(1, 6, 0, "abc");
  world.part(1, 6, 3, "XYZ", "other");
  world.part(1, 6, 3, "def");

  EXPECT_EQ(world.joined, "abcdef");
  EXPECT_EQ(world.joiner->ignored(), 2U);
}

TEST(BodyJoiner, ABodyFromTheWrongGatewayDoesNotMeetTheStart) {
  JoinerWorld world;
  world.part(1, 3, 0, "bad", "other");

  world.start(1);
  EXPECT_FALSE(world.joined);
  world.part(1, 4, 0, "good");

  EXPECT_EQ(world.joined, "good");
}

TEST(BodyJoiner, TheWaitBeginsAnewWithEachPart) {
  JoinerWorld world;
  world.start(1);
  world.loop.advance(4s);
  world.part(1, 100, 0, "a");
  world.loop.advance(4s);
  EXPECT_TRUE(world.broken.empty());

  world.loop.advance(2s);

  ASSERT_EQ(world.broken.size(), 1U);
  EXPECT_EQ(world.broken[0].error.code, ErrorCode::TimedOut);
}

TEST(BodyJoiner, BoundsTheNumberOfPendingHalves) {
  AgentConfig config;
  config.pending_max = 2;
  JoinerWorld world(config);
  world.part(1, 10, 0, "a");
  world.start(2);

  world.part(3, 10, 0, "a");
  world.start(4);

  ASSERT_EQ(world.broken.size(), 2U);
  EXPECT_EQ(world.broken[0].error.code, ErrorCode::Overloaded);
  EXPECT_TRUE(world.broken[1].start.has_value());
  EXPECT_EQ(world.joiner->size(), 2U);
}

TEST(BodyJoiner, BoundsTheBytesOfPendingBodies) {
  AgentConfig config;
  config.pending_bytes_max = 300U << 10U;
  JoinerWorld world(config);
  world.part(1, kPart, 0, "a");
  world.part(2, kPart, 0, "a");

  world.part(3, kPart, 0, "a");

  ASSERT_EQ(world.broken.size(), 1U);
  EXPECT_EQ(world.broken[0].error.code, ErrorCode::Overloaded);
  EXPECT_FALSE(world.broken[0].is_final);
  EXPECT_EQ(world.joiner->bytes(), 2 * kPart);
}

TEST(BodyJoiner, GivesTheRoomOfACancelledBodyBack) {
  JoinerWorld world;
  world.start(1);
  world.part(1, 1'000, 0, "a");

  EXPECT_TRUE(world.joiner->cancel(StreamId(1)).has_value());

  EXPECT_EQ(world.joiner->bytes(), 0U);
  world.loop.advance(10s);
  EXPECT_TRUE(world.broken.empty());
}

TEST(BodyJoiner, AnEmptyBodyIsWhole) {
  JoinerWorld world;
  world.start(1);
  world.part(1, 0, 0, "");
  EXPECT_EQ(world.joined, "");
}

}  // namespace
}  // namespace suan::node_agent
