#include <gtest/gtest.h>

#include "tests/scheduler/server/server_world.h"
#include "tests/support/rows.h"

namespace suan::scheduler {
namespace {

/// One site with one node of four slots that serves `stories-moe`.
struct OneNode : ServerWorld {
  explicit OneNode(ServerConfig given = default_config()) : ServerWorld(std::move(given)) {
    join("bj-1", "beijing");
    deploy();
    advance(3s);
    clear();
  }

  FakeAgent& node() { return agent("bj-1"); }
};

TEST(Dispatcher, ARequestGoesToAgentAndGateway) {
  OneNode world;

  world.submit(request(1), 11);

  ASSERT_EQ(world.node().starts.size(), 1U);
  const v1::Start& start = world.node().starts[0];
  EXPECT_EQ(start.stream_id(), 11U);
  EXPECT_EQ(start.lease_epoch(), world.node().replicas[0].lease_epoch);
  const auto placed = world.placed(request(1));
  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->site_id(), "beijing");
  EXPECT_EQ(placed->replica_id(), start.replica_id());
  EXPECT_EQ(placed->node_epoch(), world.node().epoch);
  EXPECT_FALSE(placed->reason().empty());
}

TEST(Dispatcher, ASubmitThatComesTwiceStartsOnce) {
  OneNode world;

  world.submit(request(1), 11);
  world.submit(request(1), 11);

  EXPECT_EQ(world.node().starts.size(), 1U);
}

TEST(Dispatcher, RoomComesBackWhenTheAttemptEnds) {
  OneNode world;
  for (uint64_t n = 1; n <= 8; ++n)
    world.submit(request(n), n);
  const size_t at_first = world.node().starts.size();

  world.finish(world.node(), world.node().starts[0]);

  EXPECT_LT(at_first, 8U);
  EXPECT_EQ(world.node().starts.size(), at_first + 1);
}

TEST(Dispatcher, QueuedRequestsAreServedFairlyBetweenAccounts) {
  OneNode world;
  RequestFacts flood = request(0);
  for (uint64_t n = 1; n <= 30; ++n) {
    flood.request = testing::request_id(n);
    flood.account = AccountId("flood");
    world.submit(flood, n);
  }
  const size_t before = world.node().starts.size();
  RequestFacts modest = request(100);
  modest.account = AccountId("modest");
  world.submit(modest, 100);

  for (size_t i = 0; i < 3; ++i)
    world.finish(world.node(), world.node().starts[i]);

  bool has_come = false;
  for (size_t i = before; i < world.node().starts.size(); ++i) {
    has_come = has_come || world.node().starts[i].facts().account_id() == "modest";
  }
  EXPECT_TRUE(has_come) << "30 of another account wait before it";
}

TEST(Dispatcher, WishesThatNoSiteMeetsAreUnsatisfiable) {
  OneNode world;
  RequestFacts facts = request(1);
  facts.wishes.sites = {SiteId("lanzhou")};

  world.submit(facts, 1);

  const auto rejected = world.rejected(facts);
  ASSERT_TRUE(rejected);
  EXPECT_EQ(rejected->code(), "unsatisfiable");
  EXPECT_EQ(http_status(*error_code_of(rejected->code())), 422);
}

TEST(Dispatcher, AnUnknownModelIsSaidToBeUnknown) {
  OneNode world;
  RequestFacts facts = request(1);
  facts.model = ModelId("no-such-model");

  world.submit(facts, 1);

  ASSERT_TRUE(world.rejected(facts));
  EXPECT_EQ(world.rejected(facts)->code(), to_string(ErrorCode::UnknownModel));
}

TEST(Dispatcher, NothingAliveIsUnavailableWithRetryAfter) {
  OneNode world;
  world.node().is_alive = false;
  world.advance(20s);

  world.submit(request(1), 1);

  ASSERT_TRUE(world.rejected(request(1)));
  EXPECT_EQ(world.rejected(request(1))->code(), "unavailable");
  EXPECT_GT(world.rejected(request(1))->retry_after_us(), 0);
}

TEST(Dispatcher, ReplicasJustReportedReadyServeTheVeryNextRequest) {
  ServerWorld world;
  FakeAgent& first = world.join("bj-1", "beijing");
  FakeAgent& second = world.join("lz-1", "lanzhou");
  world.deploy();
  world.advance(500ms);
  ASSERT_EQ(second.replicas.size(), 1U) << "it has loaded, and has not said so yet";
  world.send_beat(first);
  world.send_beat(second);  // in the same instant: the view is older than this
  RequestFacts facts = request(1);
  facts.wishes.sites = {second.site};

  world.submit(facts, 1);

  EXPECT_TRUE(world.placed(facts)) << world.rejected(facts)->message();
  world.clear();
  world.advance(200ms);
  EXPECT_FALSE(world.sent(Side::Gateway, v1::Envelope::kView).empty())
      << "it is told soon, too";
}

TEST(Dispatcher, AReplicaStillLoadingIsUnavailableNotUnsatisfiable) {
  OneNode world;
  FakeAgent& second = world.join("lz-1", "lanzhou");
  second.loads_what_is_desired = false;
  world.advance(3s);
  RequestFacts facts = request(1);
  facts.wishes.sites = {second.site};

  world.submit(facts, 1);

  ASSERT_TRUE(world.rejected(facts));
  EXPECT_EQ(world.rejected(facts)->code(), "unavailable") << world.rejected(facts)->message();
}

TEST(Dispatcher, H11_OverloadIsTurnedAwayWithThePredictedWait) {
  OneNode world;

  for (uint64_t n = 1; n <= 500; ++n)
    world.submit(request(n), n);

  const auto rejected = world.rejected(request(500));
  ASSERT_TRUE(rejected);
  EXPECT_EQ(rejected->code(), to_string(ErrorCode::Overloaded));
  EXPECT_GE(rejected->retry_after_us(), 1'000'000);
  EXPECT_LE(rejected->retry_after_us(), 60'000'000);
  EXPECT_GT(world.server->core().dispatcher.counters().queued, 0U);
}

TEST(Dispatcher, WhatWaitsTooLongIsTurnedAway) {
  OneNode world;
  uint64_t n = 1;
  while (!world.server->core().dispatcher.is_anything_waiting()) {
    world.submit(request(n), n);
    ++n;
  }
  for (FakeAgent* agent = &world.node(); !agent->replicas[0].load.running;) {
    agent->replicas[0].load.running = 4;  // they are just slow
  }

  world.advance(11s);

  const auto rejected = world.rejected(request(n - 1));
  ASSERT_TRUE(rejected);
  EXPECT_EQ(rejected->code(), to_string(ErrorCode::Overloaded));
}

TEST(Dispatcher, AStartThatTheChannelDoesNotTakeIsPlacedAgain) {
  OneNode world;
  world.join("sh-1", "shanghai");
  world.advance(15s);
  world.submit(request(1), 1);
  const std::string first = world.placed(request(1))->node_id();

  world.step({.kind = Event::Kind::StartFailed, .number = 1});

  const std::string second = world.placed(request(1))->node_id();
  EXPECT_NE(first, second);
}

TEST(Dispatcher, AStartWithoutAcknowledgementFailsAfterASecond) {
  OneNode world;
  world.node().acknowledges = false;

  world.submit(request(1), 1);
  world.advance(900ms);
  const bool was_early = world.rejected(request(1)).has_value();
  world.advance(300ms);

  EXPECT_FALSE(was_early);
  ASSERT_TRUE(world.rejected(request(1)));
  EXPECT_EQ(world.rejected(request(1))->code(), "replica_gone");
  EXPECT_EQ(world.node().stopped, std::vector<uint64_t>{1});
  EXPECT_EQ(world.server->core().dispatcher.running(), 0U);
}

TEST(Dispatcher, ProgressAcknowledgesAStart) {
  OneNode world;
  world.node().acknowledges = false;
  world.submit(request(1), 1);

  world.progress(world.node(), 1);
  world.node().replicas[0].load.running = 1;
  world.advance(3s);

  EXPECT_FALSE(world.rejected(request(1)));
  EXPECT_EQ(world.server->core().dispatcher.running(), 1U);
}

TEST(Dispatcher, CancellingAWaitingRequestTakesItOut) {
  OneNode world;
  uint64_t n = 1;
  while (!world.server->core().dispatcher.is_anything_waiting()) {
    world.submit(request(n), n);
    ++n;
  }
  v1::Envelope cancel;
  cancel.mutable_cancel()->set_request_id(write_request_id(request(n - 1).request));
  cancel.mutable_cancel()->set_stream_id(n - 1);

  world.deliver(Side::Gateway, Peer("gateway:main"), cancel);

  EXPECT_FALSE(world.server->core().dispatcher.is_anything_waiting());
}

TEST(Dispatcher, CancellingARunningRequestStopsItAtItsNode) {
  OneNode world;
  world.submit(request(1), 1);
  v1::Envelope cancel;
  cancel.mutable_cancel()->set_request_id(write_request_id(request(1).request));
  cancel.mutable_cancel()->set_stream_id(1);

  world.deliver(Side::Gateway, Peer("gateway:main"), cancel);

  EXPECT_EQ(world.node().stopped, std::vector<uint64_t>{1});
}

TEST(Dispatcher, AnEndThatWasLostIsFoundInHeartbeats) {
  OneNode world;
  world.submit(request(1), 1);
  ASSERT_EQ(world.server->core().dispatcher.running(), 1U);

  world.advance(12s);  // beats say that nothing runs

  EXPECT_EQ(world.server->core().dispatcher.running(), 0U);
}

TEST(Dispatcher, AttemptsEndWithTheirNode) {
  OneNode world;
  world.submit(request(1), 1);

  world.node().boot = "boot-2";
  world.send_register(world.node());

  EXPECT_EQ(world.server->core().dispatcher.running(), 0U);
  EXPECT_EQ(world.server->core().dispatcher.counters().lost, 1U);
}

TEST(Dispatcher, AnAttemptGoesOnWhenItsNodeRegistersAgain) {
  OneNode world;
  world.submit(request(1), 1);
  v1::Running running;
  running.set_request_id(write_request_id(request(1).request));
  running.set_attempt(1);
  running.set_stream_id(1);
  running.set_replica_id(world.node().replicas[0].replica.value());
  world.node().running = {running};

  world.send_register(world.node());
  const size_t running_after = world.server->core().dispatcher.running();
  world.finish(world.node(), world.node().starts[0]);

  EXPECT_EQ(running_after, 1U);
  EXPECT_EQ(world.server->core().dispatcher.running(), 0U);
}

}  // namespace
}  // namespace suan::scheduler
