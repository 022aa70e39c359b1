#include <gtest/gtest.h>

#include "catalog/types/random.h"
#include "tests/scheduler/server/server_world.h"

namespace suan::scheduler {
namespace {

/// A busy minute: joins, requests, ends, a lost node, a restart.
std::string bytes_of(uint64_t seed) {
  ServerWorld world;
  Random random(seed);
  for (int n = 0; n < 5; ++n) {
    world.join("node-" + std::to_string(n), n % 2 == 0 ? "beijing" : "shanghai");
  }
  world.deploy();
  world.advance(3s);
  uint64_t next = 1;
  for (int round = 0; round < 60; ++round) {
    for (uint64_t i = random.below(6); i > 0; --i, ++next)
      world.submit(request(next), next);
    for (auto& [id, agent] : world.agents) {
      if (agent.starts.empty() || random.below(3) == 0) continue;
      world.finish(agent, agent.starts.front());
      agent.starts.erase(agent.starts.begin());
    }
    if (round == 20) world.agent("node-3").is_alive = false;
    if (round == 40) {
      world.restart();
      for (auto& [id, agent] : world.agents) {
        if (agent.is_alive) world.send_register(agent);
      }
    }
    world.advance(1s);
  }
  return world.bytes;
}

TEST(Determinism, EqualEventsGiveEqualActionBytes) {
  const std::string first = bytes_of(3);
  const std::string second = bytes_of(3);

  EXPECT_GT(first.size(), 100'000U);
  EXPECT_TRUE(first == second);
  EXPECT_FALSE(first == bytes_of(4));
}

}  // namespace
}  // namespace suan::scheduler
