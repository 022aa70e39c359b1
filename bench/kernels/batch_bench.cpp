#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/engine.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/model_file.h"

// What batching tricks bring with the bundled model. Read guesses as: tokens/s against "off" of
// the same text, since a step with guesses costs more; prefixes as: time to the first token
// against "new".

namespace suan::engine {
namespace {

std::shared_ptr<const ModelFile> model() {
  static const auto kOpened =
      open_model(std::filesystem::path(SUAN_SOURCE_DIR) / "models" / "stories-moe", {});
  return kOpened;
}

Generation generation_of(uint64_t id, std::vector<int32_t> prompt, uint32_t tokens_max) {
  Generation generation;
  generation.id = id;
  generation.prompt = std::move(prompt);
  generation.tokens_max = tokens_max;
  generation.sampling.temperature = 0;
  generation.sampling.ignores_eos = true;
  return generation;
}

std::vector<int32_t> story() {
  const auto tokenizer = make_tokenizer(model()->manifest().vocabulary);
  return tokenizer->encode("Once upon a time, there was a little girl named Lily.", true);
}

void run_all(Engine& engine, StepResult& sums) {
  while (engine.capacity().running + engine.capacity().waiting > 0) {
    const StepResult result = engine.step();
    sums.drafted_tokens += result.drafted_tokens;
    sums.kept_drafts += result.kept_drafts;
  }
}

/// Sequences that write 200 tokens each: a story, or one in which the last 8 tokens come again
/// and again, as they do in code that is edited (kept by a bias: nothing else may be said).
void bm_guesses(benchmark::State& state) {
  const auto speculation = static_cast<Speculation>(state.range(0));
  const auto sequences = static_cast<uint32_t>(state.range(1));
  const bool repeats = state.range(2) != 0;
  const auto engine = make_engine(model(), {.slots = sequences, .speculation = speculation});
  Generation one = generation_of(1, story(), 200);
  if (repeats) one.sampling.logit_bias = {{one.prompt.back(), 1000.0F}};
  StepResult sums;
  uint64_t id = 0;
  for (auto _ : state) {
    for (uint32_t i = 0; i < sequences; ++i) {
      one.id = ++id;
      if (engine->submit(one) != Admission::Accepted) state.SkipWithError("not accepted");
    }
    run_all(*engine, sums);
  }
  constexpr const char* kNames[] = {"off", "auto", "head", "text"};
  state.SetLabel(std::string(kNames[state.range(0)]) + (repeats ? ", repeats" : ", story"));
  state.counters["tokens/s"] =
      benchmark::Counter(200.0 * sequences, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["kept of drafted"] =
      sums.drafted_tokens > 0 ? double(sums.kept_drafts) / sums.drafted_tokens : 0;
}

BENCHMARK(bm_guesses)
    ->ArgNames({"guesses", "sequences", "repeats"})
    ->ArgsProduct({{0, 3, 1}, {1, 4}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

/// The first token after a prompt of 400, of which 384 are known or none.
void bm_first_token(benchmark::State& state) {
  const bool is_known = state.range(0) != 0;
  const auto engine = make_engine(model(), {.slots = 1});
  const uint32_t words = engine->capacity().vocabulary;
  std::vector<int32_t> prompt(400);
  uint64_t id = 0;
  for (auto _ : state) {
    ++id;
    for (size_t i = 0; i < prompt.size(); ++i) {
      const size_t changes = is_known ? 390 : 0;
      prompt[i] = static_cast<int32_t>((7 * i + (i >= changes ? id : 0) + 3) % words);
    }
    StepResult sums;
    if (engine->submit(generation_of(id, prompt, 1)) != Admission::Accepted) {
      state.SkipWithError("not accepted");
    }
    run_all(*engine, sums);
  }
  state.SetLabel(is_known ? "384 of 400 tokens known" : "new");
}

BENCHMARK(bm_first_token)->ArgName("known")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace suan::engine
