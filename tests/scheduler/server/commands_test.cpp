#include <gtest/gtest.h>

#include "scheduler/server/command_arguments.h"
#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

TEST(Commands, UnknownFieldsAreNamedWithTheNearestOne) {
  ServerWorld world;

  const v1::Answer answer = world.command("ticket.create", {{"site", "a"}, {"expire_s", 60}});

  EXPECT_EQ(answer.code(), "bad_request");
  EXPECT_NE(answer.message().find("expires_s"), std::string::npos) << answer.message();
}

TEST(Commands, ArgumentsAreCheckedByTypeAndRange) {
  ServerWorld world;
  world.join("bj-1", "beijing");

  EXPECT_EQ(world.command("ticket.create", Json::object()).code(), "bad_request");
  EXPECT_EQ(world.command("ticket.create", {{"site", 5}}).code(), "bad_request");
  EXPECT_EQ(world.command("ticket.create", {{"site", "UPPER"}}).code(), "bad_request");
  EXPECT_EQ(world.command("ticket.create", {{"site", "a"}, {"expires_s", 0}}).code(),
            "bad_request");
  EXPECT_EQ(world.command("deploy", {{"model", "stories-moe"}, {"replicas", -1}}).code(),
            "bad_request");
  EXPECT_EQ(world.command("offer.set", {{"site", "nowhere"}}).code(), "not_found");
  EXPECT_EQ(world.command("node.approve", {{"node", "nobody"}}).code(), "not_found");
  EXPECT_EQ(world.command("sudo", Json::object()).code(), "not_found");
}

TEST(Commands, AnAnswerMeansThatTheStoreHasIt) {
  ServerWorld world;
  world.join("bj-1", "beijing");

  world.does_store_work = false;

  EXPECT_EQ(world.command("deploy", {{"model", "stories-moe"}}).code(), "unavailable");
  EXPECT_EQ(world.command("node.drain", {{"node", "bj-1"}}).code(), "unavailable");
}

TEST(Commands, I7_ARemovedNodeIsCutOffAtOnce) {
  ServerWorld world;
  FakeAgent& agent = world.join("bj-1", "beijing");
  world.deploy();
  world.advance(2s);
  world.submit(request(1), 1);

  world.must("node.remove", {{"node", "bj-1"}});
  world.clear();
  world.send_beat(agent);
  world.send_register(agent);

  EXPECT_EQ(agent.fenced, std::vector<std::string>{"removed"});
  ASSERT_EQ(world.forgotten.size(), 1U);
  EXPECT_EQ(world.forgotten[0], agent.peer());
  EXPECT_TRUE(world.sent(Side::Agents, v1::Envelope::kAck).empty());
  EXPECT_TRUE(world.sent(Side::Agents, v1::Envelope::kWelcome).empty());
  EXPECT_EQ(world.server->core().dispatcher.running(), 0U);
}

TEST(Commands, NodeChangesAreEvents) {
  ServerWorld world;
  world.join("bj-1", "beijing");
  world.clear();

  world.must("node.drain", {{"node", "bj-1"}});

  const auto events = world.sent(Side::Gateway, v1::Envelope::kEvent);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event().kind(), "node");
  EXPECT_EQ(parse_json(events[0].event().json())->at("state"), "draining");
}

TEST(Arguments, ReadEachFieldOnceAndKeepTheFirstMistake) {
  Arguments arguments(R"({"a": "text", "b": 5, "c": true, "d": ["x", "y"], "e": {"k": 1}})");

  EXPECT_EQ(arguments.text("a"), "text");
  EXPECT_EQ(arguments.integer("b", 0, 10), 5);
  EXPECT_TRUE(arguments.flag("c"));
  EXPECT_EQ(arguments.texts("d").size(), 2U);
  EXPECT_EQ(arguments.object_or_text("e"), R"({"k":1})");
  EXPECT_FALSE(arguments.error());
  EXPECT_EQ(arguments.text("missing"), "");
  ASSERT_TRUE(arguments.error());
  EXPECT_EQ(arguments.error()->param, "missing");
}

TEST(Arguments, WhatIsNoObjectIsRefused) {
  EXPECT_TRUE(Arguments("[1]").error());
  EXPECT_TRUE(Arguments("{").error());
  EXPECT_FALSE(Arguments("").error());
}

}  // namespace
}  // namespace suan::scheduler
