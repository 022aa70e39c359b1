#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "catalog/types/random.h"
#include "scheduler/placement/cluster_view_builder.h"
#include "scheduler/placement/place.h"

// One placement decision. It touches at most 12 replicas wherever they lie, so the ceiling is
// memory latency: a dozen cache misses in the load table and as many in the view.
// Read it as: p99_us below 20 at 1,000 replicas is the promise, below 5 at 40,000 the aim.

namespace suan::scheduler {
namespace {

constexpr uint32_t kSites = 40;
constexpr Time kNow{Duration(1'000'000'000)};

struct Network {
  ClusterView view;
  LoadTable load;
};

/// Replicas of one model over 40 sites with different speeds, prices, distances and loads;
/// about one in ten is full.
void fill(Network& network, uint64_t replicas) {
  Random random(1);
  ClusterViewBuilder builder(1);
  const ModelId model("stories-moe");
  for (uint32_t i = 0; i < kSites; ++i) {
    const SiteId site("site-" + std::to_string(i));
    builder.add(Site{.site = site, .region = i % 2 == 0 ? "east" : "west"});
    builder.add(
        Offer{.site = site, .output_n_per_token = static_cast<int64_t>(random.below(900))});
  }
  builder.add(ModelFacts{.model = model});
  for (uint64_t i = 1; i <= replicas; ++i) {
    const NodeId node("node-" + std::to_string(i));
    builder.add(NodeFacts{.node = node,
                          .site = SiteId("site-" + std::to_string(i % kSites)),
                          .state = NodeState::Ready,
                          .round_trip = Duration(static_cast<int64_t>(random.below(60'000)))});
    const ReplicaCapacity capacity{.slots = 16,
                                   .kv_tokens_total = 65'536,
                                   .context_tokens = 8192,
                                   .prefill_tokens_per_s = 4000,
                                   .decode_tokens_per_s = 30.0 + random.uniform() * 60,
                                   .decode_tokens_per_s_full = 600};
    builder.add(ReplicaFacts{.replica = ReplicaId(i),
                             .node = node,
                             .model = model,
                             .state = ReplicaState::Ready,
                             .capacity = capacity});
    network.load.set_capacity(ReplicaId(i), capacity.slots, capacity.kv_tokens_total);
    const auto running = static_cast<uint32_t>(random.below(18));
    network.load.report(ReplicaId(i), {.running = running, .kv_tokens_taken = running * 1000},
                        0, kNow);
  }
  network.view = builder.build();
}

RequestFacts request_number(uint64_t number) {
  RequestFacts request;
  request.model = ModelId("stories-moe");
  request.prompt_bytes = static_cast<uint32_t>(400 + splitmix64(number) % 4000);
  request.tokens_max = 256;
  for (uint64_t i = 0; i < request.prompt_bytes / 256; ++i) {
    request.prefix_hashes.push_back(splitmix64(splitmix64(number % 100) + i));
  }
  return request;
}

double quantile_us(std::vector<double>& sorted_ns, double q) {
  return sorted_ns[static_cast<size_t>(q * static_cast<double>(sorted_ns.size() - 1))] / 1e3;
}

void bm_place(benchmark::State& state) {
  Network network;
  fill(network, static_cast<uint64_t>(state.range(0)));
  std::vector<RequestFacts> requests;
  for (uint64_t i = 0; i < 1024; ++i) {
    requests.push_back(request_number(i));
    network.load.prefixes().remember(requests.back().prefix_hashes,
                                     ReplicaId(1 + i % static_cast<uint64_t>(state.range(0))),
                                     kNow);
  }
  std::vector<double> each_ns;
  each_ns.reserve(1U << 22U);
  uint64_t draw = 0;
  uint64_t refused = 0;

  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    auto placed =
        place(requests[draw % requests.size()], network.view, network.load, kNow, draw);
    benchmark::DoNotOptimize(placed);
    const auto end = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(end - begin).count();
    state.SetIterationTime(seconds);
    each_ns.push_back(seconds * 1e9);
    refused += placed ? 0 : 1;
    ++draw;
  }

  std::ranges::sort(each_ns);
  state.counters["p50_us"] = quantile_us(each_ns, 0.50);
  state.counters["p99_us"] = quantile_us(each_ns, 0.99);
  state.counters["refused"] = static_cast<double>(refused);
}

BENCHMARK(bm_place)->ArgName("replicas")->Arg(100)->Arg(1000)->Arg(40'000)->UseManualTime();

}  // namespace
}  // namespace suan::scheduler
