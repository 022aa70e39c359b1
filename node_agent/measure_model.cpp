#include "node_agent/measure_model.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "engine/engine.h"

namespace suan::node_agent {

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kPrefillTokens = 256;
constexpr uint32_t kDecodePrompt = 4;
constexpr uint64_t kFirstId = uint64_t{1} << 62U;  // far from the ids of requests

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

engine::Generation generation_of(uint64_t id,
                                 uint32_t prompt,
                                 uint32_t output,
                                 uint32_t words) {
  engine::Generation generation;
  generation.id = id;
  for (uint32_t i = 0; i < prompt; ++i) {
    generation.prompt.push_back(static_cast<int32_t>((uint64_t{7} * i + 3 * id + 1) % words));
  }
  generation.tokens_max = output;
  generation.sampling.temperature = 0;
  generation.sampling.ignores_eos = true;
  // Found in the cache, a prompt would tell nothing; nor would guesses, of a text that loops.
  generation.shares_prefix = false;
  generation.takes_drafts = false;
  return generation;
}

bool is_idle(const engine::Engine& engine) {
  const engine::EngineCapacity capacity = engine.capacity();
  return capacity.running == 0 && capacity.waiting == 0;
}

/// Prompts of one length, one after the other, each until its first token.
double prefill_rate(engine::Engine& engine, double seconds_max) {
  const engine::EngineCapacity capacity = engine.capacity();
  const uint32_t prompt = std::clamp(capacity.context_tokens / 2, 1U, kPrefillTokens);
  const auto start = Clock::now();
  uint64_t tokens = 0;
  for (uint64_t id = kFirstId; tokens == 0 || seconds_since(start) < seconds_max; ++id) {
    const auto admission = engine.submit(generation_of(id, prompt, 1, capacity.vocabulary));
    if (admission != engine::Admission::Accepted) return 0;
    while (!is_idle(engine))
      engine.step();
    tokens += prompt;
  }
  return static_cast<double>(tokens) / seconds_since(start);
}

/// Tokens/s of `batch` sequences in sum, once all of them decode.
double decode_rate(engine::Engine& engine, uint32_t batch, double seconds_max) {
  const engine::EngineCapacity capacity = engine.capacity();
  const uint32_t room = std::min(capacity.context_tokens, capacity.kv_tokens_total / batch);
  if (room <= kDecodePrompt + 2) return 0;
  for (uint32_t i = 0; i < batch; ++i) {
    (void)engine.submit(
        generation_of(kFirstId + i, kDecodePrompt, room - kDecodePrompt, capacity.vocabulary));
  }
  while (engine.capacity().prefill_tokens_queued > 0)
    engine.step();

  const auto start = Clock::now();
  uint64_t tokens = 0;
  while (!is_idle(engine) && (tokens == 0 || seconds_since(start) < seconds_max)) {
    tokens += engine.step().tokens.size();
  }
  const double seconds = seconds_since(start);
  for (uint32_t i = 0; i < batch; ++i)
    engine.cancel(kFirstId + i);
  while (!is_idle(engine))
    engine.step();
  return static_cast<double>(tokens) / seconds;
}

}  // namespace

ReplicaCapacity measure_model(engine::Engine& engine, Duration time_max) {
  const engine::EngineCapacity capacity = engine.capacity();
  const double seconds = to_seconds(time_max);
  ReplicaCapacity measured;
  measured.slots = capacity.slots;
  measured.kv_tokens_total = capacity.kv_tokens_total;
  measured.context_tokens = capacity.context_tokens;
  measured.prefill_tokens_per_s = prefill_rate(engine, 0.3 * seconds);
  measured.decode_tokens_per_s = decode_rate(engine, 1, 0.3 * seconds);
  measured.decode_tokens_per_s_full = decode_rate(engine, capacity.slots, 0.4 * seconds);
  return measured;
}

}  // namespace suan::node_agent
