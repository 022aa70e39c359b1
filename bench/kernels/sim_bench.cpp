#include <cstdint>

#include <benchmark/benchmark.h>

#include "bench/sim/sim_network.h"
#include "catalog/wire/suan.pb.h"

namespace suan::bench {
namespace {

v1::Envelope token() {
  v1::Envelope envelope;
  v1::Tokens& tokens = *envelope.mutable_tokens();
  tokens.set_stream_id(1);
  v1::Piece& piece = *tokens.add_pieces();
  piece.set_tokens(1);
  piece.set_text(" garden");
  return envelope;
}

/// Messages through the simulated network: a simulated hour of 10,000 requests is 1.5 million.
/// Bound by the copies of the envelopes and by the heap of events.
void bm_sim_network(benchmark::State& state) {
  SimWorld world;
  SimLoop center(world);
  SimLoop site(world);
  SimNetwork network(world, 1);
  const auto server = network.listen(center, "center", "tokens");
  const auto client = network.connect(site, "site", "tokens", Peer("node:a"), Peer("gateway"));
  uint64_t heard = 0;
  server->on_message([&](const Peer&, const v1::Envelope&) { ++heard; });
  world.run_for(1s);
  const v1::Envelope message = token();

  for (auto _ : state) {
    for (int i = 0; i < 1000; ++i)
      client->send(Peer("gateway"), message);
    world.run_for(1s);
  }

  state.SetItemsProcessed(static_cast<int64_t>(heard));
}

/// A timer that is set and runs; the rest of what a simulation does.
void bm_sim_timer(benchmark::State& state) {
  SimWorld world;
  SimLoop loop(world);
  for (auto _ : state) {
    loop.after(1ms, [] {});
    world.step();
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(bm_sim_network);
BENCHMARK(bm_sim_timer);

}  // namespace
}  // namespace suan::bench
