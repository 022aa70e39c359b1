#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/sampling/logprobs.h"
#include "engine/sampling/sampler.h"

// One draw from the logits of a large vocabulary: a few passes over half a megabyte, so about
// 0.1 to 0.2 ms on one core. Read it as: far below a decoding step (milliseconds).

namespace suan::engine {
namespace {

/// Bell-shaped with a tail of likely tokens, as trained models have.
std::vector<float> logits_of(size_t vocabulary, float spread) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> logits(vocabulary);
  for (float& logit : logits)
    logit = normal(random);
  for (size_t i = 0; i < 40; ++i)
    logits[random() % vocabulary] = 4 * spread + static_cast<float>(i) / 8;
  return logits;
}

Sampling sampling_of(int64_t number) {
  Sampling sampling;
  if (number == 1) sampling.top_k = 40;
  if (number == 2 || number == 4) sampling.top_p = 0.95;
  if (number == 3) sampling.min_p = 0.05;
  if (number == 4) sampling.top_k = 40;
  if (number == 5) sampling.typical_p = 0.95;
  if (number == 6) sampling.temperature = 0;
  return sampling;
}

constexpr const char* kNames[] = {"plain",        "top-k 40",     "top-p 0.95", "min-p 0.05",
                                  "top-k, top-p", "typical 0.95", "greedy"};

void bm_sample(benchmark::State& state) {
  const auto vocabulary = static_cast<size_t>(state.range(0));
  const std::vector<float> logits = logits_of(vocabulary, static_cast<float>(state.range(2)));
  Sampler sampler(sampling_of(state.range(1)), {});
  SamplingRoom room;
  for (auto _ : state)
    benchmark::DoNotOptimize(sampler.draw(logits, room));
  state.SetLabel(kNames[state.range(1)]);
}

// V3's vocabulary and Qwen's; spread 3 is a usual distribution, 1 a nearly flat one.
BENCHMARK(bm_sample)
    ->ArgNames({"vocabulary", "setting", "spread"})
    ->ArgsProduct({{129'280}, {0, 1, 2, 3, 4, 5, 6}, {3, 1}})
    ->ArgsProduct({{151'936}, {4}, {3}})
    ->Unit(benchmark::kMicrosecond);

void bm_masked_sample(benchmark::State& state) {
  const std::vector<float> logits = logits_of(129'280, 3);
  std::vector<uint64_t> mask(logits.size() / 64);
  for (size_t word = 0; word < mask.size(); word += static_cast<size_t>(state.range(0)))
    mask[word] = 0x8000000000000401;
  Sampler sampler(sampling_of(4), {});
  SamplingRoom room;
  for (auto _ : state)
    benchmark::DoNotOptimize(sampler.draw(logits, room, mask));
}

BENCHMARK(bm_masked_sample)->ArgName("every")->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond);

void bm_logprobs(benchmark::State& state) {
  const std::vector<float> logits = logits_of(129'280, 3);
  for (auto _ : state)
    benchmark::DoNotOptimize(top_logprobs(logits, 20));
}

BENCHMARK(bm_logprobs)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace suan::engine
