#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include "catalog/wire/convert.h"
#include "catalog/wire/frame_check.h"

namespace suan {
namespace {

/// One generated token: what every stream sends with every step.
v1::Envelope tokens() {
  v1::Envelope envelope;
  envelope.set_schema(kWireSchema);
  envelope.set_seq(123'456);
  v1::Tokens& tokens = *envelope.mutable_tokens();
  tokens.set_stream_id(987'654);
  tokens.set_index(41);
  v1::Piece& piece = *tokens.add_pieces();
  piece.set_tokens(1);
  piece.set_text(" garden");
  return envelope;
}

v1::Envelope submit() {
  RequestFacts facts;
  facts.request = RequestId(Uuid{0x0192e4a000007000, 0x8000000000000007});
  facts.account = AccountId("alice");
  facts.model = ModelId("stories-moe");
  facts.wishes.sites = {SiteId("shanghai"), SiteId("guiyang")};
  facts.prompt_bytes = 2'000;
  facts.tokens_max = 256;
  facts.prefix_hashes.assign(8, 0x9E3779B97F4A7C15U);
  facts.deadline = 60s;
  v1::Envelope envelope;
  envelope.set_schema(kWireSchema);
  envelope.mutable_submit()->set_stream_id(7);
  write(facts, *envelope.mutable_submit()->mutable_facts());
  return envelope;
}

/// The whole state of a node with eight replicas, sent twice a second.
v1::Envelope heartbeat() {
  v1::Envelope envelope;
  envelope.set_schema(kWireSchema);
  envelope.mutable_heartbeat()->set_beat(77);
  for (uint64_t i = 1; i <= 8; ++i) {
    ReplicaReport report;
    report.replica = ReplicaId(i);
    report.lease_epoch = 3;
    report.model = ModelId("deepseek-v2-lite");
    report.digest = std::string(64, 'a');
    report.state = ReplicaState::Ready;
    report.capacity = {16, 65'536, 8'192, 900.5, 55.5, 400.0};
    report.load = {4, 2, 9'000, 300, 1'000'000};
    write(report, *envelope.mutable_heartbeat()->add_replicas());
  }
  return envelope;
}

void count_messages(benchmark::State& state, size_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(bytes);
}

/// Read it as: messages/s of one core; allocation of the sub-messages is the floor of decoding.
void bm_encode(benchmark::State& state, v1::Envelope (*make)()) {
  const v1::Envelope envelope = make();
  for (auto _ : state)
    benchmark::DoNotOptimize(encode_envelope(envelope));
  count_messages(state, envelope.ByteSizeLong());
}

void bm_decode(benchmark::State& state, v1::Envelope (*make)()) {
  const std::string frame = encode_envelope(make());
  for (auto _ : state)
    benchmark::DoNotOptimize(decode_envelope(frame));
  count_messages(state, frame.size());
}

/// The share of decoding that goes into the check of limits.
void bm_check(benchmark::State& state, v1::Envelope (*make)()) {
  const std::string frame = encode_envelope(make());
  for (auto _ : state)
    benchmark::DoNotOptimize(check_frame(frame));
  count_messages(state, frame.size());
}

/// What the scheduler pays for one request: decode, check every range, our types.
void bm_read_submit(benchmark::State& state) {
  const std::string frame = encode_envelope(submit());
  for (auto _ : state) {
    const auto envelope = decode_envelope(frame);
    benchmark::DoNotOptimize(read(envelope->submit().facts()));
  }
  count_messages(state, frame.size());
}

BENCHMARK_CAPTURE(bm_encode, tokens, tokens);
BENCHMARK_CAPTURE(bm_encode, submit, submit);
BENCHMARK_CAPTURE(bm_encode, heartbeat, heartbeat);
BENCHMARK_CAPTURE(bm_decode, tokens, tokens);
BENCHMARK_CAPTURE(bm_decode, submit, submit);
BENCHMARK_CAPTURE(bm_decode, heartbeat, heartbeat);
BENCHMARK_CAPTURE(bm_check, tokens, tokens);
BENCHMARK_CAPTURE(bm_check, heartbeat, heartbeat);
BENCHMARK(bm_read_submit);

}  // namespace
}  // namespace suan
