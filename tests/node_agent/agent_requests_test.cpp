#include <gtest/gtest.h>

#include "tests/node_agent/agent_world.h"

namespace suan::node_agent {
namespace {

using Kind = AgentWorld::Kind;

TokensEvent tokens(const std::string& text) {
  return TokensEvent{{TokenEvent{0, 1, text, {}}}};
}

TEST(AgentRequests, JoinsStartAndBodyInEitherOrder) {
  AgentWorld world;
  world.welcome();

  world.start(1);
  world.body(1, "first");
  world.body(2, "second");
  world.start(2);

  ASSERT_EQ(world.runner.submitted.size(), 2U);
  EXPECT_EQ(*world.runner.submitted[0].body, "first");
  EXPECT_EQ(*world.runner.submitted[1].body, "second");
  EXPECT_EQ(world.runner.submitted[1].facts.account, AccountId("alice"));
}

TEST(AgentRequests, ForwardsAStreamFromItsFirstTokenToItsLast) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);

  world.runner.emit(1, AcceptedEvent{12, 4});
  world.runner.emit(1, tokens("Once"));
  world.runner.emit(1, tokens(" upon"));
  DoneEvent done;
  done.usage = {12, 2, 4};
  done.finish_reasons = {"stop"};
  done.prefill = 30ms;
  done.decode = 50ms;
  done.batch_max = 3;
  world.runner.emit(1, done);

  EXPECT_EQ(world.gateway().all(Kind::kAccepted).at(0).accepted().prompt_tokens(), 12U);
  const auto texts = world.gateway().all(Kind::kTokens);
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0].tokens().index(), 0U);
  EXPECT_EQ(texts[1].tokens().index(), 1U);
  EXPECT_EQ(texts[1].tokens().pieces(0).text(), " upon");
  const auto ends = world.gateway().all(Kind::kDone);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].done().messages(), 2U);
  EXPECT_EQ(ends[0].done().usage().completion_tokens(), 2U);
  ASSERT_EQ(world.finished().size(), 1U);
  EXPECT_EQ(world.finished()[0].status(), "done");
  EXPECT_EQ(world.finished()[0].prefill_us(), 30'000);
  EXPECT_EQ(world.finished()[0].batch_max(), 3U);
  EXPECT_EQ(world.agent->running(), 0U);
}

TEST(AgentRequests, AcknowledgesAStartByProgressWithin50Ms) {
  AgentWorld world;
  world.welcome();
  world.start(1);
  world.start(2);
  EXPECT_TRUE(world.control.all(Kind::kProgress).empty());

  world.loop.advance(50ms);

  const auto progress = world.control.all(Kind::kProgress);
  ASSERT_EQ(progress.size(), 1U);
  EXPECT_EQ(progress[0].progress().streams_size(), 2);
}

TEST(AgentRequests, Sends64ItemsOfProgressWithoutWaiting) {
  AgentWorld world;
  world.welcome();

  for (uint64_t stream = 1; stream <= 64; ++stream)
    world.start(stream);

  ASSERT_EQ(world.control.all(Kind::kProgress).size(), 1U);
  EXPECT_EQ(world.control.all(Kind::kProgress)[0].progress().streams_size(), 64);
}

TEST(AgentRequests, ProgressTellsTheFirstToken) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  world.loop.advance(60ms);
  world.runner.emit(1, AcceptedEvent{9, 0});
  world.runner.emit(1, tokens("a"));
  world.runner.emit(1, tokens("b"));

  world.loop.advance(60ms);

  const auto last = world.control.all(Kind::kProgress).back().progress();
  ASSERT_EQ(last.streams_size(), 1);
  EXPECT_TRUE(last.streams(0).has_first_token());
  EXPECT_EQ(last.streams(0).prompt_tokens(), 9U);
}

TEST(AgentRequests, AMissingBodyFailsAfterFiveSeconds) {
  AgentWorld world;
  world.welcome();
  world.start(1);

  world.live(4s);
  EXPECT_TRUE(world.failed().empty());
  world.live(2s);

  ASSERT_EQ(world.failed().size(), 1U);
  EXPECT_EQ(world.failed()[0].code(), "timed_out");
  EXPECT_FALSE(world.failed()[0].is_final());
  ASSERT_EQ(world.finished().size(), 1U);
  EXPECT_EQ(world.finished()[0].status(), "error");
}

TEST(AgentRequests, AMissingStartFailsAfterFiveSecondsAtTheGatewayOnly) {
  AgentWorld world;
  world.welcome();
  world.body(1);

  world.live(6s);

  ASSERT_EQ(world.failed().size(), 1U);
  EXPECT_EQ(world.failed()[0].code(), "replica_gone");
  EXPECT_TRUE(world.finished().empty());
}

TEST(AgentRequests, RefusesAStartOnceItsLeaseMayHaveEnded) {
  AgentWorld world;
  world.welcome();
  world.live(3s);
  world.loop.advance(6'500ms);
  world.run_stream(1);
  EXPECT_EQ(world.runner.submitted.size(), 1U);

  world.loop.advance(2s);
  EXPECT_FALSE(world.agent->is_leased());
  world.run_stream(2);

  EXPECT_EQ(world.runner.submitted.size(), 1U);
  ASSERT_EQ(world.failed().size(), 1U);
  EXPECT_EQ(world.failed()[0].stream_id(), 2U);
  EXPECT_EQ(world.failed()[0].code(), "replica_gone");
  EXPECT_FALSE(world.failed()[0].is_final());
}

TEST(AgentRequests, TheLeaseCountsFromWhenTheAcknowledgedBeatWasSent) {
  AgentWorld world;
  world.welcome();
  world.loop.advance(1'200ms);
  const auto beats = world.control.all(Kind::kHeartbeat);
  world.loop.advance(7s);

  // An answer that took seven seconds proves only that the lease held seven seconds ago.
  v1::Envelope ack;
  ack.mutable_ack()->set_beat(beats.back().heartbeat().beat());
  world.tell(ack);

  EXPECT_TRUE(world.agent->is_leased());
  world.loop.advance(1'200ms);
  EXPECT_FALSE(world.agent->is_leased());
}

TEST(AgentRequests, RefusesAStartWithAnotherLeaseOrForAnUnknownReplica) {
  AgentWorld world;
  world.welcome();
  world.tell(AgentWorld::start_message(1, kLease - 1));
  v1::Envelope other = AgentWorld::start_message(2);
  other.mutable_start()->set_replica_id(99);
  world.tell(other);

  ASSERT_EQ(world.failed().size(), 2U);
  EXPECT_EQ(world.failed()[0].code(), "replica_gone");
  EXPECT_EQ(world.finished().size(), 2U);
}

TEST(AgentRequests, ARepeatedStartOrBodyChangesNothing) {
  AgentWorld world;
  world.welcome();
  world.start(1);
  world.start(1);
  world.body(1);
  world.body(1);
  world.start(1);

  EXPECT_EQ(world.runner.submitted.size(), 1U);
  world.live(10s);
  EXPECT_TRUE(world.failed().empty());
}

TEST(AgentRequests, ACancelReachesTheRunnerOrThePendingHalf) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  world.start(2);
  v1::Envelope cancel;
  cancel.mutable_cancel()->set_stream_id(1);
  world.gateway_tells(cancel);
  cancel.mutable_cancel()->set_stream_id(2);
  world.gateway_tells(cancel);
  world.runner.emit(1, FailedEvent{{ErrorCode::Cancelled, "cancelled", {}}, false});

  EXPECT_EQ(world.runner.cancelled, std::vector{StreamId(1)});
  ASSERT_EQ(world.finished().size(), 2U);
  for (const v1::Finished& one : world.finished())
    EXPECT_EQ(one.status(), "cancelled");
  EXPECT_EQ(world.agent->running(), 0U);
}

TEST(AgentRequests, AStopEndsAnAttempt) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  v1::Envelope stop;
  stop.mutable_stop()->set_stream_id(1);
  stop.mutable_stop()->set_reason("hedge won");

  world.tell(stop);

  EXPECT_EQ(world.runner.cancelled, std::vector{StreamId(1)});
}

TEST(AgentRequests, TheDeadlineOfARequestEndsIt) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);  // deadline 60 s

  world.live(61s);
  world.runner.emit(1, FailedEvent{{ErrorCode::Cancelled, "cancelled", {}}, false});

  ASSERT_EQ(world.failed().size(), 1U);
  EXPECT_EQ(world.failed()[0].code(), "timed_out");
}

TEST(AgentRequests, AFinalFailureIsToldAsSuch) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);

  world.runner.emit(1, FailedEvent{{ErrorCode::BadRequest, "too long", "messages"}, true});

  ASSERT_EQ(world.failed().size(), 1U);
  EXPECT_TRUE(world.failed()[0].is_final());
  EXPECT_EQ(world.failed()[0].param(), "messages");
}

TEST(AgentRequests, KeepsTokensWhileTheGatewayDoesNotTakeThem) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  world.gateway().break_connection(Peer("gateway:main"));
  world.runner.emit(1, tokens("a"));
  world.runner.emit(1, tokens("b"));
  world.runner.emit(1, DoneEvent{});
  EXPECT_TRUE(world.gateway().all(Kind::kTokens).empty());

  world.gateway().mend_connection(Peer("gateway:main"));
  world.loop.advance(20ms);

  const auto texts = world.gateway().all(Kind::kTokens);
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0].tokens().index(), 0U);
  EXPECT_EQ(texts[1].tokens().index(), 1U);
  EXPECT_EQ(world.gateway().all(Kind::kDone).size(), 1U);
}

TEST(AgentRequests, EndsAStreamWhoseGatewayDoesNotTakeAMebibyte) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  world.gateway().break_connection(Peer("gateway:main"));

  for (int i = 0; i < 1'200; ++i)
    world.runner.emit(1, tokens(std::string(1'000, 'x')));

  EXPECT_EQ(world.runner.cancelled, std::vector{StreamId(1)});
  EXPECT_EQ(world.agent->counters().streams_overflowed, 1U);
  world.runner.emit(1, FailedEvent{{ErrorCode::Cancelled, "cancelled", {}}, false});
  world.gateway().mend_connection(Peer("gateway:main"));
  world.loop.advance(20ms);
  EXPECT_TRUE(world.gateway().all(Kind::kTokens).empty());
  EXPECT_EQ(world.failed().size(), 1U);
  EXPECT_EQ(world.finished().at(0).status(), "error");
}

TEST(AgentRequests, AFinishedThatWasNotTakenIsSentAgain) {
  AgentWorld world;
  world.welcome();
  world.run_stream(1);
  world.control.break_connection(Peer("scheduler"));
  world.runner.emit(1, DoneEvent{});
  EXPECT_TRUE(world.finished().empty());

  world.control.mend_connection(Peer("scheduler"));
  world.live(2s);

  EXPECT_EQ(world.finished().size(), 1U);
}

TEST(AgentRequests, MalformedOrdersAreCountedAndDropped) {
  AgentWorld world;
  world.welcome();
  v1::Envelope no_facts;
  no_facts.mutable_start()->set_stream_id(1);
  v1::Envelope bad_gateway = AgentWorld::start_message(2);
  bad_gateway.mutable_start()->set_gateway_id("../x");
  v1::Envelope wrong_way;
  wrong_way.mutable_submit();

  world.tell(no_facts);
  world.tell(bad_gateway);
  world.tell(wrong_way);

  EXPECT_EQ(world.agent->counters().malformed, 2U);
  EXPECT_EQ(world.agent->counters().unknown_kinds, 1U);
  EXPECT_EQ(world.agent->counters().starts, 0U);
}

}  // namespace
}  // namespace suan::node_agent
