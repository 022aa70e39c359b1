#include <string>

#include <benchmark/benchmark.h>

#include "tests/scheduler/server/server_world.h"

// The whole state machine, protobuf included. The fake agent writes and the world encodes what
// is sent, so these are upper bounds. Read them as: heartbeats per second are the nodes that one
// loop can keep; a request is Submit, place, Start, Placed, Finished, and its decision's row.

namespace suan::scheduler {
namespace {

void fill(ServerWorld& world, int64_t nodes) {
  for (int64_t n = 0; n < nodes; ++n) {
    world.join("node-" + std::to_string(n), "site-" + std::to_string(n % 20));
  }
  world.deploy();
  world.advance(3s);
}

void bm_heartbeat(benchmark::State& state) {
  ServerWorld world;
  fill(world, state.range(0));
  auto agent = world.agents.begin();

  for (auto _ : state) {
    world.send_beat(agent->second);
    if (++agent == world.agents.end()) agent = world.agents.begin();
    world.clear();
    world.bytes.clear();
  }
}

void bm_request(benchmark::State& state) {
  ServerWorld world;
  fill(world, state.range(0));
  uint64_t next = 1;

  for (auto _ : state) {
    world.submit(request(next), next);
    const auto placed = world.placed(request(next));
    FakeAgent& agent = world.agent(placed->node_id());
    world.finish(agent, agent.starts.back());
    agent.starts.clear();
    world.clear();
    world.bytes.clear();
    ++next;
  }
}

/// A second of an idle network: ten turns, a view for the gateway, no heartbeats.
void bm_idle_second(benchmark::State& state) {
  ServerWorld world;
  fill(world, state.range(0));
  for (auto& [id, agent] : world.agents)
    agent.is_alive = false;

  for (auto _ : state) {
    for (int i = 0; i < 10; ++i) {
      world.now += Server::kTurnEvery;
      world.step({.kind = Event::Kind::Turn});
    }
    world.clear();
    world.bytes.clear();
  }
}

BENCHMARK(bm_heartbeat)->Arg(100)->Arg(1000);
BENCHMARK(bm_request)->Arg(100)->Arg(1000);
BENCHMARK(bm_idle_second)->Arg(100)->Arg(1000)->Iterations(20);

}  // namespace
}  // namespace suan::scheduler
