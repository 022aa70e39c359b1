#include "web_api/gateway/gateway.h"

#include <gtest/gtest.h>

#include "catalog/types/uuid.h"
#include "tests/support/manual_loop.h"
#include "tests/support/scripted_channel.h"

namespace suan::web_api {
namespace {

using Body = v1::Envelope;

class CollectedStream final : public TokenStream {
 public:
  void placed(const PlacedAt& where) override { places.push_back(where); }

  bool push(TokenEvent event) override {
    text += event.text;
    return !refuses;
  }

  void end(Outcome outcome, std::string) override { ends.push_back(std::move(outcome)); }

  std::vector<PlacedAt> places;
  std::string text;
  std::vector<Outcome> ends;
  bool refuses = false;
};

/// Keeps rows; they become durable when the test says so.
class HeldUsageLog final : public UsageLog {
 public:
  bool append(const UsageRow& row, std::function<void(bool)> durable) override {
    if (is_full) return false;
    rows.push_back(row);
    waiting.push_back(std::move(durable));
    return true;
  }

  [[nodiscard]] bool has_room() const override { return !is_full; }

  void sync(bool is_kept = true) {
    for (const auto& durable : std::exchange(waiting, {}))
      durable(is_kept);
  }

  std::vector<UsageRow> rows;
  std::vector<std::function<void(bool)>> waiting;
  bool is_full = false;
};

class GatewayTest : public testing::Test {
 protected:
  GatewayTest() : gateway_(loop_, scheduler_, agents_, usage_, {.seed = 7}) {}

  std::shared_ptr<CollectedStream> submit(const std::string& body = "{}") {
    RequestFacts facts;
    facts.request = RequestId(make_uuid_v7(loop_.wall_now(), random_));
    facts.account = AccountId("lab");
    facts.model = ModelId("stories-moe");
    facts.deadline = 60s;
    last_ = facts.request;
    auto stream = std::make_shared<CollectedStream>();
    gateway_.submit(std::move(facts), std::make_shared<const std::string>(body), stream);
    return stream;
  }

  v1::Submit last_submit() { return scheduler_.all(Body::kSubmit).back().submit(); }

  void place(const std::string& node, uint64_t replica, uint64_t epoch = 5) {
    const v1::Submit submit = last_submit();
    v1::Envelope message;
    message.set_scheduler_epoch(1);
    auto& placed = *message.mutable_placed();
    placed.set_request_id(submit.facts().request_id());
    placed.set_attempt(submit.facts().attempt());
    placed.set_stream_id(submit.stream_id());
    placed.set_site_id("north");
    placed.set_node_id(node);
    placed.set_replica_id(replica);
    placed.set_node_epoch(epoch);
    placed.set_input_n_per_token(10);
    placed.set_output_n_per_token(100);
    scheduler_.receive(Peer("scheduler"), message);
  }

  void say_tokens(const std::string& node, uint32_t index, const std::string& text) {
    v1::Envelope message;
    auto& tokens = *message.mutable_tokens();
    tokens.set_stream_id(last_submit().stream_id());
    tokens.set_index(index);
    auto& piece = *tokens.add_pieces();
    piece.set_tokens(1);
    piece.set_text(text);
    agents_.receive(peer_of(NodeId(node)), message);
  }

  void say_done(const std::string& node, uint32_t messages) {
    v1::Envelope message;
    auto& done = *message.mutable_done();
    done.set_stream_id(last_submit().stream_id());
    done.set_messages(messages);
    done.mutable_usage()->set_prompt_tokens(4);
    done.mutable_usage()->set_completion_tokens(messages);
    done.add_finish_reasons("stop");
    agents_.receive(peer_of(NodeId(node)), message);
  }

  void say_failed(const std::string& node, const std::string& code, bool is_final) {
    v1::Envelope message;
    auto& failed = *message.mutable_failed();
    failed.set_stream_id(last_submit().stream_id());
    failed.set_code(code);
    failed.set_message("it broke");
    failed.set_is_final(is_final);
    agents_.receive(peer_of(NodeId(node)), message);
  }

  ManualLoop loop_;
  ScriptedChannel scheduler_;
  ScriptedChannel agents_;
  HeldUsageLog usage_;
  Gateway gateway_;
  Random random_{3};
  RequestId last_;
};

TEST_F(GatewayTest, CarriesTokensAndTellsSuccessOnlyOnceUsageIsDurable) {
  const auto stream = submit();
  place("north-1", 9);
  say_tokens("north-1", 0, "Once");
  say_tokens("north-1", 1, " upon");
  say_done("north-1", 2);

  EXPECT_EQ(stream->text, "Once upon");
  EXPECT_TRUE(stream->ends.empty()) << "told before the row was durable";
  usage_.sync();

  ASSERT_EQ(stream->ends.size(), 1U);
  EXPECT_FALSE(stream->ends[0].error);
  ASSERT_EQ(usage_.rows.size(), 1U);
  EXPECT_EQ(usage_.rows[0].usage.completion_tokens, 2U);
  EXPECT_EQ(usage_.rows[0].amount_n, 4 * 10 + 2 * 100);
  EXPECT_EQ(scheduler_.all(Body::kDelivered).size(), 1U);
}

TEST_F(GatewayTest, SendsTheBodyOnlyAsFarAsCreditGoes) {
  const std::string body(300 << 10, 'x');
  submit(body);
  place("north-1", 9);

  auto parts = agents_.all(Body::kBodyPart);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].body_part().part().size(), 128U << 10);
  EXPECT_EQ(parts[0].body_part().total_bytes(), body.size());

  v1::Envelope credit;
  credit.mutable_credit()->set_stream_id(last_submit().stream_id());
  credit.mutable_credit()->set_bytes(1U << 20);
  agents_.receive(peer_of(NodeId("north-1")), credit);

  parts = agents_.all(Body::kBodyPart);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[2].body_part().offset() + parts[2].body_part().part().size(), body.size());
}

TEST_F(GatewayTest, RetriesOnceElsewhereWhenNothingWasShown) {
  const auto stream = submit();
  place("north-1", 9);
  say_failed("north-1", "internal_error", false);

  const v1::Submit second = last_submit();
  EXPECT_EQ(second.facts().attempt(), 2U);
  ASSERT_EQ(second.facts().excluded_replica_ids_size(), 1);
  EXPECT_EQ(second.facts().excluded_replica_ids(0), 9U);
  EXPECT_TRUE(stream->ends.empty());

  place("south-1", 10);
  say_failed("south-1", "internal_error", false);
  ASSERT_EQ(stream->ends.size(), 1U) << "a second failure is the last";
  EXPECT_TRUE(stream->ends[0].error);
  EXPECT_TRUE(usage_.rows.empty());
}

TEST_F(GatewayTest, RetriesWhatTheSchedulerTakesBackFromASilentNode) {
  submit();
  place("north-1", 9);
  const v1::Submit first = last_submit();
  v1::Envelope message;
  message.set_scheduler_epoch(1);
  message.mutable_rejected()->set_request_id(first.facts().request_id());
  message.mutable_rejected()->set_attempt(1);
  message.mutable_rejected()->set_code("replica_gone");

  scheduler_.receive(Peer("scheduler"), message);
  scheduler_.receive(Peer("scheduler"), message);

  EXPECT_EQ(last_submit().facts().attempt(), 2U) << "once, though it was said twice";
  EXPECT_EQ(last_submit().facts().excluded_replica_ids(0), 9U);
}

TEST_F(GatewayTest, NeverRetriesAfterAShownToken) {
  const auto stream = submit();
  place("north-1", 9);
  say_tokens("north-1", 0, "Once");
  say_failed("north-1", "internal_error", false);
  usage_.sync();

  EXPECT_EQ(scheduler_.all(Body::kSubmit).size(), 1U);
  ASSERT_EQ(stream->ends.size(), 1U);
  ASSERT_TRUE(stream->ends[0].error);
  ASSERT_EQ(usage_.rows.size(), 1U);
  EXPECT_EQ(usage_.rows[0].status, "error");
  EXPECT_EQ(usage_.rows[0].amount_n, 0) << "a broken answer costs nothing";
}

TEST_F(GatewayTest, NeverRetriesWhatTheRequestIsToBlameFor) {
  const auto stream = submit();
  place("north-1", 9);
  say_failed("north-1", "bad_request", true);

  EXPECT_EQ(scheduler_.all(Body::kSubmit).size(), 1U);
  ASSERT_EQ(stream->ends.size(), 1U);
  EXPECT_EQ(stream->ends[0].error->code, ErrorCode::BadRequest);
}

TEST_F(GatewayTest, FailsAttemptsOfALostNodeButNotOfItsNewEpoch) {
  const auto stream = submit();
  place("north-1", 9, 5);
  v1::Envelope lost;
  lost.set_scheduler_epoch(1);
  lost.mutable_node_lost()->set_node_id("north-1");
  lost.mutable_node_lost()->set_node_epoch(4);

  scheduler_.receive(Peer("scheduler"), lost);
  EXPECT_EQ(last_submit().facts().attempt(), 1U);

  lost.mutable_node_lost()->set_node_epoch(5);
  scheduler_.receive(Peer("scheduler"), lost);
  EXPECT_EQ(last_submit().facts().attempt(), 2U);
  EXPECT_TRUE(stream->ends.empty());
}

TEST_F(GatewayTest, GivesABrokenTokenConnectionTwoSecondsToComeBack) {
  submit();
  place("north-1", 9);
  agents_.break_connection(peer_of(NodeId("north-1")));
  loop_.advance(2s);
  EXPECT_EQ(last_submit().facts().attempt(), 1U);

  loop_.advance(1s);

  EXPECT_EQ(last_submit().facts().attempt(), 2U);
}

TEST_F(GatewayTest, AnswersAnEchoSoThatANodeKnowsWhatHasBeenRead) {
  v1::Envelope question;
  question.mutable_echo()->set_t0_us(7);
  agents_.receive(peer_of(NodeId("north-1")), question);

  const auto answers = agents_.all(v1::Envelope::kEcho);

  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].echo().t0_us(), 7);
  EXPECT_NE(answers[0].echo().t1_us(), 0);
  agents_.receive(peer_of(NodeId("north-1")), answers[0]);
  EXPECT_EQ(agents_.all(v1::Envelope::kEcho).size(), 1U) << "an answer is not answered";
}

TEST_F(GatewayTest, KeepsAttemptsWhoseNodeSpeaksAgainInTime) {
  const auto stream = submit();
  place("north-1", 9);
  agents_.break_connection(peer_of(NodeId("north-1")));
  loop_.advance(1s);
  agents_.mend_connection(peer_of(NodeId("north-1")));
  v1::Envelope hello;
  hello.mutable_hello();
  agents_.receive(peer_of(NodeId("north-1")), hello);
  loop_.advance(5s);

  say_tokens("north-1", 0, "Once");

  EXPECT_EQ(stream->text, "Once");
  EXPECT_EQ(last_submit().facts().attempt(), 1U);
}

TEST_F(GatewayTest, TakesAGapInTheTokensForALoss) {
  const auto stream = submit();
  place("north-1", 9);
  say_tokens("north-1", 0, "Once");
  say_tokens("north-1", 0, "Once");  // said twice: dropped
  say_tokens("north-1", 2, " time");
  usage_.sync();

  EXPECT_EQ(stream->text, "Once");
  ASSERT_EQ(stream->ends.size(), 1U);
  EXPECT_EQ(stream->ends[0].error->code, ErrorCode::NodeLost);
}

TEST_F(GatewayTest, BelievesOnlyTheNodeThatHasTheStream) {
  const auto stream = submit();
  place("north-1", 9);

  say_tokens("south-1", 0, "evil");
  say_done("south-1", 0);
  say_failed("south-1", "internal_error", false);

  EXPECT_EQ(stream->text, "");
  EXPECT_TRUE(stream->ends.empty());
  EXPECT_EQ(last_submit().facts().attempt(), 1U);
}

TEST_F(GatewayTest, TellsTheAgentWhenTheClientLeavesOrReadsTooSlowly) {
  const auto stream = submit();
  stream->refuses = true;
  place("north-1", 9);
  say_tokens("north-1", 0, "Once");
  usage_.sync();

  EXPECT_EQ(agents_.all(Body::kCancel).size(), 1U);
  ASSERT_EQ(stream->ends.size(), 1U);
  EXPECT_EQ(stream->ends[0].error->code, ErrorCode::Cancelled);
  EXPECT_EQ(usage_.rows.at(0).status, "cancelled");
}

TEST_F(GatewayTest, EndsARequestAtItsDeadline) {
  const auto stream = submit();
  loop_.advance(61s);

  ASSERT_EQ(stream->ends.size(), 1U);
  EXPECT_EQ(stream->ends[0].error->code, ErrorCode::TimedOut);
  EXPECT_EQ(scheduler_.all(Body::kCancel).size(), 1U);
}

TEST_F(GatewayTest, L4_RefusesWorkThatItCouldNotAccountFor) {
  usage_.is_full = true;
  const auto stream = submit();

  ASSERT_EQ(stream->ends.size(), 1U);
  EXPECT_EQ(stream->ends[0].error->code, ErrorCode::Unavailable);
  EXPECT_TRUE(stream->ends[0].retry_after);
  EXPECT_TRUE(scheduler_.all(Body::kSubmit).empty());
}

TEST_F(GatewayTest, SubmitsAgainToANewLeaderWhatTheOldOneWasPlacing) {
  submit();
  v1::Envelope view;
  view.mutable_view()->set_json("{}");
  view.set_scheduler_epoch(1);
  scheduler_.receive(Peer("scheduler"), view);
  EXPECT_EQ(scheduler_.all(Body::kSubmit).size(), 1U);

  view.set_scheduler_epoch(2);
  scheduler_.receive(Peer("scheduler"), view);
  ASSERT_EQ(scheduler_.all(Body::kSubmit).size(), 2U);
  EXPECT_EQ(last_submit().facts().attempt(), 1U);

  view.set_scheduler_epoch(1);
  view.mutable_view()->set_json("{\"old\":1}");
  scheduler_.receive(Peer("scheduler"), view);
  EXPECT_EQ(gateway_.view()->json, "{}") << "a deposed leader is not believed";
}

TEST_F(GatewayTest, AnswersEachQuestionOnce) {
  std::vector<Result<std::string>> answers;
  gateway_.query("sites", AccountId("lab"), false,
                 [&](Result<std::string> answer) { answers.push_back(std::move(answer)); });
  const v1::Envelope asked = scheduler_.all(Body::kQuery).at(0);
  v1::Envelope answer;
  answer.set_scheduler_epoch(1);
  answer.mutable_answer()->set_query_id(asked.query().query_id());
  answer.mutable_answer()->set_json("{\"items\":[]}");

  scheduler_.receive(Peer("scheduler"), answer);
  scheduler_.receive(Peer("scheduler"), answer);
  loop_.advance(60s);

  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(*answers[0], "{\"items\":[]}");
}

TEST_F(GatewayTest, GivesUpOnASilentScheduler) {
  std::vector<Result<std::string>> answers;
  gateway_.command("deploy", "{}", AccountId("lab"),
                   [&](Result<std::string> answer) { answers.push_back(std::move(answer)); });

  loop_.advance(16s);

  ASSERT_EQ(answers.size(), 1U);
  ASSERT_FALSE(answers[0]);
  EXPECT_EQ(answers[0].error().code, ErrorCode::Unavailable);
}

}  // namespace
}  // namespace suan::web_api
