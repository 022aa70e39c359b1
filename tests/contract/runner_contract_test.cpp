#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "bench/sim/modelled_runner.h"
#include "tests/node_agent/engine_world.h"
#include "tests/support/manual_loop.h"

// What every `Runner` promises to the agent: each submitted stream ends exactly once, tokens
// add up to the usage, and nothing is said before it was asked for or after it has ended.

namespace suan::node_agent {
namespace {

constexpr const char* kBody = R"({"prompt":"Once upon a time","max_tokens":40})";

/// A runner with the loop that drives it.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual Runner& runner() = 0;
  /// Lets the runner work until `is_done`; false when it takes too long.
  virtual bool run_until(const std::function<bool()>& is_done) = 0;
};

class EngineSubject final : public Subject {
 public:
  Runner& runner() override { return *world_.runner; }

  bool run_until(const std::function<bool()>& is_done) override {
    return world_.run_until(is_done);
  }

 private:
  EngineWorld world_{{.slots = 4}, 16};
};

class ModelledSubject final : public Subject {
 public:
  Runner& runner() override { return runner_; }

  bool run_until(const std::function<bool()>& is_done) override {
    for (int i = 0; i < 100'000 && !is_done(); ++i)
      loop_.advance(10ms);
    return is_done();
  }

 private:
  static bench::ReplicaModel model() {
    bench::ReplicaModel model;
    model.slots = 4;
    model.context_tokens = 512;
    model.streams_max = 16;
    return model;
  }

  ManualLoop loop_;
  bench::ModelledRunner runner_{loop_, model()};
};

std::unique_ptr<Subject> make_subject(const std::string& name) {
  if (name == "EngineThread") return std::make_unique<EngineSubject>();
  return std::make_unique<ModelledSubject>();
}

class RunnerContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    subject_ = make_subject(GetParam());
    subject_->runner().on_event([this](StreamId stream, RunnerEvent event) {
      EXPECT_TRUE(asked_.contains(stream.value())) << "an event of a stream nobody submitted";
      EXPECT_EQ(seen_[stream.value()].ends, 0) << "an event after the end";
      order_ += std::holds_alternative<AcceptedEvent>(event) ? 'A'
                : std::holds_alternative<TokensEvent>(event) ? 'T'
                                                             : 'E';
      seen_[stream.value()].take(std::move(event));
    });
  }

  void submit(uint64_t stream, const std::string& body = kBody, uint32_t choices = 1) {
    RequestFacts facts;
    facts.request = RequestId(Uuid{3, stream});
    facts.model = ModelId("stories-moe");
    facts.kind = RequestKind::Completion;
    facts.prompt_bytes = static_cast<uint32_t>(body.size());
    facts.tokens_max = 40;
    facts.choices = choices;
    submit(stream, std::move(facts), body);
  }

  void submit(uint64_t stream, RequestFacts facts, const std::string& body) {
    asked_.insert(stream);
    subject_->runner().submit(
        {StreamId(stream), std::move(facts), std::make_shared<const std::string>(body)});
  }

  const Seen& finish(uint64_t stream) {
    EXPECT_TRUE(subject_->run_until([&] { return seen_[stream].ends > 0; }));
    return seen_[stream];
  }

  std::set<uint64_t> asked_;
  std::map<uint64_t, Seen> seen_;
  std::string order_;                 // of events of all streams
  std::unique_ptr<Subject> subject_;  // ends what runs when it goes, so it goes first
};

TEST_P(RunnerContract, AcceptsThenStreamsThenEndsOnce) {
  submit(1);

  const Seen& seen = finish(1);

  ASSERT_TRUE(seen.done);
  ASSERT_TRUE(seen.accepted);
  EXPECT_EQ(order_.find('A'), 0U);
  EXPECT_EQ(order_.find('E'), order_.size() - 1);
  EXPECT_GT(seen.accepted->prompt_tokens, 0U);
  EXPECT_EQ(seen.done->usage.prompt_tokens, seen.accepted->prompt_tokens);
}

TEST_P(RunnerContract, PiecesAddUpToTheUsage) {
  submit(1);

  const Seen& seen = finish(1);

  ASSERT_TRUE(seen.done);
  EXPECT_EQ(seen.tokens, seen.done->usage.completion_tokens);
  EXPECT_LE(seen.tokens, 40U);
  EXPECT_GT(seen.tokens, 0U);
  EXPECT_FALSE(seen.texts.at(0).empty());
  EXPECT_EQ(seen.done->finish_reasons.size(), 1U);
}

TEST_P(RunnerContract, ServesEveryChoice) {
  submit(1, R"({"prompt":"Once upon a time","max_tokens":40,"n":3})", 3);

  const Seen& seen = finish(1);

  ASSERT_TRUE(seen.done);
  EXPECT_EQ(seen.texts.size(), 3U);
  EXPECT_EQ(seen.done->finish_reasons.size(), 3U);
  EXPECT_EQ(seen.tokens, seen.done->usage.completion_tokens);
}

TEST_P(RunnerContract, ServesMoreStreamsThanSlots) {
  for (uint64_t stream = 1; stream <= 12; ++stream)
    submit(stream);

  for (uint64_t stream = 1; stream <= 12; ++stream)
    EXPECT_TRUE(finish(stream).done);
  EXPECT_TRUE(subject_->run_until([&] {
    const ReplicaLoad load = subject_->runner().load();
    return load.running + load.waiting + load.kv_tokens_taken == 0;
  }));
}

TEST_P(RunnerContract, ACancelledStreamEndsAsCancelled) {
  submit(1);
  submit(2);
  subject_->runner().cancel(StreamId(1));
  subject_->runner().cancel(StreamId(1));
  subject_->runner().cancel(StreamId(77));

  const Seen& cancelled = finish(1);

  ASSERT_TRUE(cancelled.failed);
  EXPECT_EQ(cancelled.failed->error.code, ErrorCode::Cancelled);
  EXPECT_TRUE(finish(2).done);
}

TEST_P(RunnerContract, ACancellationMidwayGivesItsRoomBack) {
  RequestFacts facts;
  facts.request = RequestId(Uuid{3, 1});
  facts.kind = RequestKind::Completion;
  facts.tokens_max = 400;
  submit(1, facts, R"({"prompt":"Once","max_tokens":400,"ignore_eos":true})");
  ASSERT_TRUE(subject_->run_until([&] { return seen_[1].messages > 0; }));

  subject_->runner().cancel(StreamId(1));

  EXPECT_TRUE(finish(1).failed);
  EXPECT_TRUE(
      subject_->run_until([&] { return subject_->runner().load().kv_tokens_taken == 0; }));
}

TEST_P(RunnerContract, APromptBeyondTheContextIsTheRequestsFault) {
  std::string prompt;
  for (int i = 0; i < 600; ++i)
    prompt += "dragon ";
  submit(1, R"({"prompt":")" + prompt + R"("})");

  const Seen& seen = finish(1);

  ASSERT_TRUE(seen.failed);
  EXPECT_TRUE(seen.failed->is_final);
  EXPECT_EQ(seen.failed->error.code, ErrorCode::BadRequest);
}

TEST_P(RunnerContract, BeyondItsQueueARequestIsRefusedButNotBlamed) {
  for (uint64_t stream = 1; stream <= 17; ++stream)
    submit(stream);

  const Seen& refused = finish(17);

  ASSERT_TRUE(refused.failed);
  EXPECT_EQ(refused.failed->error.code, ErrorCode::Overloaded);
  EXPECT_FALSE(refused.failed->is_final);
}

TEST_P(RunnerContract, TokenizeAnswersWhole) {
  RequestFacts facts;
  facts.kind = RequestKind::Tokenize;
  facts.prompt_bytes = 16;
  submit(1, facts, R"({"prompt":"Once upon a time"})");

  const Seen& seen = finish(1);

  ASSERT_TRUE(seen.done);
  const auto answer = parse_json(seen.done->answer_json);
  ASSERT_TRUE(answer);
  EXPECT_GT((*answer)["count"], 0);
}

INSTANTIATE_TEST_SUITE_P(Runners,
                         RunnerContract,
                         ::testing::Values("EngineThread", "ModelledRunner"),
                         [](const auto& subject) { return subject.param; });

}  // namespace
}  // namespace suan::node_agent
