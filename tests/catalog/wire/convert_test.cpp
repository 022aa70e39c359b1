#include "catalog/wire/convert.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "catalog/types/uuid.h"
#include "catalog/wire/channel.h"

namespace suan {
namespace {

RequestFacts sample_facts() {
  RequestFacts facts;
  facts.request = RequestId(Uuid{0x0192e4a000007000, 0x8000000000000007});
  facts.account = AccountId("alice");
  facts.model = ModelId("stories-moe");
  facts.kind = RequestKind::Completion;
  facts.service_class = ServiceClass::Batch;
  facts.wishes.policy = Policy::Cost;
  facts.wishes.sites = {SiteId("a"), SiteId("b")};
  facts.wishes.regions = {"east"};
  facts.wishes.price_n_per_token_max = 12;
  facts.wishes.ttft_max = 500ms;
  facts.prompt_bytes = 77;
  facts.tokens_max = 128;
  facts.choices = 2;
  facts.needs_logprobs = true;
  facts.prefix_hashes = {1, 0xFFFFFFFFFFFFFFFF};
  facts.deadline = 60s;
  facts.attempt = 2;
  facts.excluded = {ReplicaId(9)};
  return facts;
}

v1::Facts sample_message() {
  v1::Facts message;
  write(sample_facts(), message);
  return message;
}

void expect_refused(const v1::Facts& message, const std::string& field) {
  const auto facts = read(message);
  ASSERT_FALSE(facts) << field;
  EXPECT_EQ(facts.error().code, ErrorCode::BadRequest);
  EXPECT_EQ(facts.error().param, field);
}

TEST(Convert, FactsSurviveTheirTrip) {
  const RequestFacts sent = sample_facts();

  const auto facts = read(sample_message());

  ASSERT_TRUE(facts) << facts.error();
  EXPECT_EQ(facts->request, sent.request);
  EXPECT_EQ(facts->account, sent.account);
  EXPECT_EQ(facts->model, sent.model);
  EXPECT_EQ(facts->kind, sent.kind);
  EXPECT_EQ(facts->service_class, sent.service_class);
  EXPECT_EQ(facts->wishes.policy, sent.wishes.policy);
  EXPECT_EQ(facts->wishes.sites, sent.wishes.sites);
  EXPECT_EQ(facts->wishes.regions, sent.wishes.regions);
  EXPECT_EQ(facts->wishes.price_n_per_token_max, sent.wishes.price_n_per_token_max);
  EXPECT_EQ(facts->wishes.ttft_max, sent.wishes.ttft_max);
  EXPECT_EQ(facts->wishes.tpot_max, std::nullopt);
  EXPECT_EQ(facts->prefix_hashes, sent.prefix_hashes);
  EXPECT_EQ(facts->deadline, sent.deadline);
  EXPECT_EQ(facts->attempt, sent.attempt);
  EXPECT_EQ(facts->excluded, sent.excluded);
  EXPECT_TRUE(facts->needs_logprobs);
  EXPECT_FALSE(facts->needs_tools);
}

TEST(Convert, Z7_FactsOutOfRangeAreRefusedByField) {
  v1::Facts message = sample_message();
  message.set_request_id("short");
  expect_refused(message, "request_id");

  message = sample_message();
  message.set_model_id("../../etc/passwd");
  expect_refused(message, "model_id");

  message = sample_message();
  message.set_policy(200);
  expect_refused(message, "policy");

  message = sample_message();
  message.set_choices(9);
  expect_refused(message, "choices");

  message = sample_message();
  message.set_deadline_us(std::numeric_limits<int64_t>::max());
  expect_refused(message, "deadline_us");

  message = sample_message();
  message.set_ttft_max_us(-1);
  expect_refused(message, "ttft_max_us");

  message = sample_message();
  message.add_site_ids("No Such Name");
  expect_refused(message, "site_ids");
}

TEST(Convert, AReplicaReportSurvivesItsTrip) {
  ReplicaReport sent;
  sent.replica = ReplicaId(7);
  sent.lease_epoch = 3;
  sent.model = ModelId("m");
  sent.digest = std::string(64, 'a');
  sent.state = ReplicaState::Ready;
  sent.capacity = {8, 4096, 512, 900.5, 55.5, 200};
  sent.load = {1, 2, 300, 40, 5'000'000'000};
  sent.memory_bytes = 1U << 30U;
  v1::ReplicaStatus message;
  write(sent, message);

  const auto report = read(message);

  ASSERT_TRUE(report) << report.error();
  EXPECT_EQ(report->state, ReplicaState::Ready);
  EXPECT_EQ(report->capacity.kv_tokens_total, 4096U);
  EXPECT_EQ(report->capacity.decode_tokens_per_s_full, 200);
  EXPECT_EQ(report->load.tokens_generated_total, 5'000'000'000U);
  EXPECT_EQ(report->memory_bytes, sent.memory_bytes);
}

TEST(Convert, ANodeCannotReportImpossibleRates) {
  ReplicaReport report;
  report.replica = ReplicaId(7);
  report.model = ModelId("m");
  for (const double rate : {-1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    report.capacity.decode_tokens_per_s = rate;
    v1::ReplicaStatus message;
    write(report, message);
    EXPECT_FALSE(read(message)) << rate;
  }
}

TEST(Convert, W3_ControlCharactersOfANodeAreMadeHarmless) {
  Hardware sent;
  sent.hostname = "host\x1B[2J";
  v1::Hardware message;
  write(sent, message);

  const auto hardware = read(message);

  ASSERT_TRUE(hardware);
  EXPECT_EQ(hardware->hostname, "host\\x1b[2J");
}

TEST(Convert, AMeasurementSurvivesItsTrip) {
  Measurement sent;
  sent.run_id = "run-1";
  sent.site = SiteId("a");
  sent.node = NodeId("a-1");
  sent.model = ModelId("m");
  sent.metric = Metric::TtftMilliseconds;
  sent.value = 12.5;
  sent.low = 11;
  sent.log_sd = 0.1;
  sent.evidence = Evidence::Serving;
  v1::MeasurementRow message;
  write(sent, message);

  const auto row = read(message, wall_time_of_us(5));

  ASSERT_TRUE(row) << row.error();
  EXPECT_EQ(row->metric, Metric::TtftMilliseconds);
  EXPECT_EQ(row->low, 11);
  EXPECT_EQ(row->high, std::nullopt);
  EXPECT_EQ(row->evidence, Evidence::Serving);
  EXPECT_EQ(row->at, wall_time_of_us(5));
}

TEST(Convert, ATokenEventKeepsItsLogprobs) {
  TokenEvent sent{1, 2, "hé", {{{"h", -0.5}, {{"h", -0.5}, {"\xFF", -3.0}}}}};
  v1::Piece message;
  write(sent, message);

  const auto event = read(message);

  ASSERT_TRUE(event) << event.error();
  EXPECT_EQ(event->text, "hé");
  ASSERT_EQ(event->logprobs.size(), 1U);
  EXPECT_EQ(event->logprobs[0].top[1].token, "\xFF");
}

TEST(Convert, AnUnknownErrorCodeIsInternal) {
  const Error known = read_error("no_capacity", "full", "");
  const Error unknown = read_error("teapot", "short\nand stout", "");

  EXPECT_EQ(known.code, ErrorCode::NoCapacity);
  EXPECT_EQ(unknown.code, ErrorCode::Internal);
  EXPECT_EQ(unknown.message, "short\\x0aand stout");
}

TEST(Convert, Z7_OnlyNeighbouringSchemasAreAccepted) {
  v1::Envelope envelope;
  envelope.mutable_ack()->set_beat(1);
  envelope.set_schema(kWireSchema + 1);
  EXPECT_TRUE(decode_envelope(encode_envelope(envelope)));

  envelope.set_schema(kWireSchema + 2);
  EXPECT_FALSE(decode_envelope(encode_envelope(envelope)));
}

TEST(Convert, Z7_ATextThatIsNoUtf8IsRefusedInSilence) {
  std::string frame =
      "\xB2\x01\x05\x12\x03"
      "abc";  // Envelope.refused, Refused.message
  ASSERT_EQ(decode_envelope(frame)->refused().message(), "abc");
  frame.back() = '\xFF';

  ::testing::internal::CaptureStderr();
  const auto decoded = decode_envelope(frame);

  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_FALSE(decoded);
}

TEST(Peer, NamesItsNode) {
  EXPECT_EQ(node_of(peer_of(NodeId("a-1"))), NodeId("a-1"));
  EXPECT_FALSE(node_of(Peer("gateway:main")).is_set());
}

}  // namespace
}  // namespace suan
