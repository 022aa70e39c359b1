#include "node_agent/join.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/manual_loop.h"
#include "tests/support/scripted_channel.h"

namespace suan::node_agent {
namespace {

using Kind = v1::Envelope::BodyCase;

struct JoinWorld {
  JoinWorld() {
    JoinConfig config;
    config.wished = NodeId("gpu-07");
    config.curve_public_z85 = std::string(40, 'k');
    config.hostname = "gpu-07.example.org";
    Joiner::Handlers handlers;
    handlers.enrolled = [this](const Enrolment& answer) { answers.push_back(answer); };
    handlers.refused = [this](const Error& error) { refused = error; };
    handlers.status = [this](const std::string& sentence) { said.push_back(sentence); };
    joiner.emplace(loop, channel, config, handlers);
  }

  void answer(bool is_approved) {
    v1::Envelope message;
    v1::Enrolled& enrolled = *message.mutable_enrolled();
    enrolled.set_node_id("gpu-07");
    enrolled.set_site_id("gz");
    enrolled.set_is_approved(is_approved);
    enrolled.set_fingerprint("0011223344556677");
    channel.receive(Peer("scheduler"), message);
  }

  void refuse(const std::string& code) {
    v1::Envelope message;
    message.mutable_refused()->set_code(code);
    message.mutable_refused()->set_message("no");
    channel.receive(Peer("scheduler"), message);
  }

  [[nodiscard]] size_t asked() const { return channel.all(Kind::kEnrol).size(); }

  ManualLoop loop;
  ScriptedChannel channel;
  std::vector<Enrolment> answers;
  std::vector<std::string> said;
  std::optional<Error> refused;
  std::optional<Joiner> joiner;
};

TEST(Joiner, AsksAtOnceWithItsOwnKey) {
  JoinWorld world;

  const auto asked = world.channel.all(Kind::kEnrol);

  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].enrol().node_id(), "gpu-07");
  EXPECT_EQ(asked[0].enrol().curve_public_z85(), std::string(40, 'k'));
  EXPECT_LE(asked[0].ByteSizeLong(), 4'096U);
}

TEST(Joiner, IsDoneOnceItIsApproved) {
  JoinWorld world;

  world.answer(true);
  world.loop.advance(5min);

  ASSERT_EQ(world.answers.size(), 1U);
  EXPECT_EQ(world.answers[0].site, SiteId("gz"));
  EXPECT_EQ(world.asked(), 1U);
}

TEST(Joiner, ShowsTheFingerprintAndAsksAgainUntilItIsApproved) {
  JoinWorld world;

  world.answer(false);
  world.loop.advance(10min);

  ASSERT_EQ(world.said.size(), 2U);  // and, later, that nobody answers any more
  EXPECT_NE(world.said[0].find("0011223344556677"), std::string::npos);
  EXPECT_GE(world.asked(), 10U);  // never more than a minute apart
  EXPECT_LE(world.asked(), 60U);
  world.answer(true);
  EXPECT_TRUE(world.answers.back().is_approved);
}

TEST(Joiner, Z5_SaysAfterTenSecondsOfSilenceWhatMayBeWrong) {
  JoinWorld world;

  world.loop.advance(2min);

  ASSERT_EQ(world.said.size(), 1U);
  EXPECT_NE(world.said[0].find("key not approved, or server unreachable"), std::string::npos);
}

TEST(Joiner, Z8_ARefusedTicketEndsIt) {
  JoinWorld world;

  world.refuse("forbidden");
  world.loop.advance(10min);

  ASSERT_TRUE(world.refused);
  EXPECT_EQ(world.refused->code, ErrorCode::Forbidden);
  EXPECT_EQ(world.asked(), 1U);
}

TEST(Joiner, GoesOnAfterAPassingRefusal) {
  JoinWorld world;

  world.refuse("unavailable");
  world.loop.advance(3min);

  EXPECT_FALSE(world.refused);
  EXPECT_GT(world.asked(), 3U);
}

TEST(Joiner, AHostileAnswerIsNotTaken) {
  JoinWorld world;
  v1::Envelope message;
  message.mutable_enrolled()->set_node_id("../../etc");
  message.mutable_enrolled()->set_site_id("gz");
  message.mutable_enrolled()->set_is_approved(true);

  world.channel.receive(Peer("scheduler"), message);

  EXPECT_TRUE(world.answers.empty());
}

}  // namespace
}  // namespace suan::node_agent
