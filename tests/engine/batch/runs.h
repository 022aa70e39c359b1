#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "tests/support/memory_model.h"

namespace suan::engine {

/// What came out of one generation.
struct Output {
  std::vector<int32_t> tokens;
  std::vector<float> logprobs;
  FinishReason reason{};
  std::string error;
};

/// Steps until nothing is left, or `steps` are done.
inline std::map<uint64_t, Output> run(Engine& engine, int steps = 10'000) {
  std::map<uint64_t, Output> outputs;
  for (; steps > 0; --steps) {
    const StepResult result = engine.step();
    for (const NewToken& made : result.tokens) {
      outputs[made.id].tokens.push_back(made.token);
      outputs[made.id].logprobs.push_back(made.logprob);
    }
    for (const Finish& finish : result.finished) {
      outputs[finish.id].reason = finish.reason;
      outputs[finish.id].error = finish.error;
    }
    const EngineCapacity capacity = engine.capacity();
    if (capacity.running + capacity.waiting == 0 && result.finished.empty()) break;
  }
  return outputs;
}

inline std::vector<int32_t> prompt_of(uint64_t seed, size_t length) {
  std::vector<int32_t> prompt;
  for (const float value : random_floats(seed, length, 1000)) {
    prompt.push_back(static_cast<int32_t>(std::abs(value)) % 64);
  }
  return prompt;
}

inline Generation greedy(uint64_t id, std::vector<int32_t> prompt, uint32_t tokens_max) {
  Generation generation;
  generation.id = id;
  generation.prompt = std::move(prompt);
  generation.tokens_max = tokens_max;
  generation.sampling.temperature = 0;
  return generation;
}

/// What a generation says when nothing else is there, with nothing clever switched on.
inline Output alone(const std::shared_ptr<MemoryModel>& model, const Generation& generation) {
  const auto engine =
      make_engine(model, {.slots = 1, .backend = "reference", .reuses_prefixes = false});
  if (engine->submit(generation) != Admission::Accepted) return {};
  return run(*engine)[generation.id];
}

/// `small_deepseek2` with a prediction head.
inline HyperParameters small_deepseek2_with_head() {
  HyperParameters hyper = small_deepseek2();
  hyper.mtp_layers = 1;
  return hyper;
}

/// One text behind the other.
inline std::vector<int32_t> joined(std::vector<int32_t> first,
                                   const std::vector<int32_t>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

}  // namespace suan::engine
