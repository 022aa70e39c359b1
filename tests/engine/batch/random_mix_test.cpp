// Everything at once, drawn from a seed: each text is what it would be alone, and every page
// comes back.

#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "engine/backend/registry.h"
#include "engine/batch/batcher.h"
#include "engine/model/architectures.h"
#include "tests/engine/batch/runs.h"

namespace suan::engine {
namespace {

/// A batcher with all its parts, so that its pages can be counted.
struct World {
  World(const std::shared_ptr<MemoryModel>& the_model,
        const BatcherLimits& limits,
        Speculation speculation,
        bool shares)
      : model(the_model),
        loader(*model, *backend),
        decoder(
            loader,
            make_layers(loader),
            {.rows = size_t{limits.slots} * (1 + limits.draft_tokens) + limits.prefill_chunk,
             .outputs = size_t{limits.slots} * (1 + limits.draft_tokens),
             .positions = limits.context_tokens}),
        cache(*backend,
              cache_shape(model->manifest().hyper),
              static_cast<uint32_t>(PagePool::pages_for(limits.kv_tokens)) + limits.slots),
        drafter(speculation, head_of(speculation), decoder, cache) {
    const bool is_mla = model->manifest().hyper.kv_lora > 0;
    const Sharing sharing = !shares  ? Sharing::Nothing
                            : is_mla ? Sharing::Prompts
                                     : Sharing::All;
    batcher.emplace(Batcher::Parts{decoder, cache, drafter, sharing}, limits,
                    model->manifest().vocabulary.ends);
  }

  Mtp* head_of(Speculation speculation) {
    if (speculation == Speculation::Mtp) head.emplace(loader, decoder);
    return head ? &*head : nullptr;
  }

  std::shared_ptr<MemoryModel> model;
  std::unique_ptr<Backend> backend = make_backend("reference", 1);
  WeightLoader loader;
  Decoder decoder;
  KvCache cache;
  std::optional<Mtp> head;
  Drafter drafter;
  std::optional<Batcher> batcher;
};

/// What is drawn for one run.
class Mix {
 public:
  Mix(const HyperParameters& hyper, uint64_t seed)
      : random_(seed), model_(make_random_model(hyper, 91)), has_head_(hyper.mtp_layers > 0) {
    model_->ends() = {static_cast<int32_t>(below(64))};
    for (int i = 0; i < 3; ++i)
      beginnings_.push_back(prompt_of(below(1000), 60 + below(80)));
  }

  uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }

  /// Every other run has little room and promises hardly any of it.
  BatcherLimits limits() {
    is_tight_ = below(2) == 0;
    return {.slots = is_tight_ ? 4 + below(3) : 1 + below(5),
            .kv_tokens = 256 + below(is_tight_ ? 64 : 1500),
            .prefill_chunk = 1 + below(90),
            .context_tokens = 256,
            .vocabulary = 64,
            .output_promised = is_tight_ ? 1 + below(10) : 100,
            .draft_tokens = below(5)};
  }

  Speculation speculation(uint32_t draft_tokens) {
    if (draft_tokens == 0) return Speculation::Off;
    return has_head_ && below(3) > 0 ? Speculation::Mtp : Speculation::Ngram;
  }

  Generation generation(uint64_t id) {
    auto prompt = prompt_of(below(1000), 1 + below(40));
    const bool has_beginning = is_tight_ ? below(6) == 0 : below(4) > 0;
    if (has_beginning) prompt = joined(beginnings_[below(3)], prompt);
    const uint32_t tokens_max = is_tight_ ? 60 + below(100) : 1 + below(50);
    Generation one = greedy(id, std::move(prompt), tokens_max);
    one.sampling.temperature = below(2) * 0.7;
    one.sampling.seed = below(5);
    one.sampling.ignores_eos = below(4) > 0;
    one.sampling.wants_logprobs = true;
    one.shares_prefix = below(5) > 0;
    return one;
  }

  std::shared_ptr<MemoryModel> model() { return model_; }

 private:
  std::mt19937_64 random_;
  std::shared_ptr<MemoryModel> model_;
  bool has_head_;
  bool is_tight_ = false;
  std::vector<std::vector<int32_t>> beginnings_;
};

void expect_begins_as(const Output& output, const Output& expected, bool is_whole) {
  ASSERT_LE(output.tokens.size(), expected.tokens.size());
  for (size_t i = 0; i < output.tokens.size(); ++i) {
    ASSERT_EQ(output.tokens[i], expected.tokens[i]) << "token " << i;
    ASSERT_EQ(output.logprobs[i], expected.logprobs[i]) << "token " << i;  // every bit
  }
  if (!is_whole) return;
  EXPECT_EQ(output.tokens.size(), expected.tokens.size());
  EXPECT_EQ(output.reason, expected.reason);
}

/// How much of it all there was.
struct Counts {
  uint32_t cached = 0;
  uint32_t preempted = 0;
  uint32_t kept_drafts = 0;
};

/// Steps and submissions and cancellations by turns until `wanted` have been taken in and ended.
void run_mix(const HyperParameters& hyper, uint64_t seed, uint64_t wanted, Counts& counts) {
  Mix mix(hyper, seed);
  const BatcherLimits limits = mix.limits();
  World world(mix.model(), limits, mix.speculation(limits.draft_tokens), mix.below(4) > 0);
  std::map<uint64_t, Generation> submitted;
  std::map<uint64_t, Output> outputs;
  for (int turn = 0; turn < 20'000; ++turn) {
    if (submitted.size() < wanted && mix.below(3) == 0) {
      const Generation one = mix.generation(submitted.size());
      if (world.batcher->submit(one) == Admission::Accepted) submitted[one.id] = one;
    }
    if (!submitted.empty() && mix.below(60) == 0) {
      world.batcher->cancel(mix.below(static_cast<uint32_t>(submitted.size())));
    }
    const StepResult result = world.batcher->step();
    counts.preempted += result.preempted;
    counts.kept_drafts += result.kept_drafts;
    for (const Start& start : result.started)
      counts.cached += start.cached_tokens;
    for (const NewToken& made : result.tokens) {
      outputs[made.id].tokens.push_back(made.token);
      outputs[made.id].logprobs.push_back(made.logprob);
    }
    for (const Finish& finish : result.finished)
      outputs[finish.id].reason = finish.reason;
    const EngineCapacity capacity = world.batcher->capacity();
    const bool is_idle = capacity.running + capacity.waiting == 0 && result.finished.empty();
    if (is_idle && submitted.size() == wanted) break;
  }

  ASSERT_EQ(submitted.size(), wanted);
  for (const auto& [id, one] : submitted) {
    SCOPED_TRACE(id);
    const bool is_whole = outputs[id].reason != FinishReason::Cancelled;
    expect_begins_as(outputs[id], alone(mix.model(), one), is_whole);
  }
  const PagePool& pool = world.cache.pages();
  EXPECT_EQ(pool.pages_free() + world.batcher->pages_kept(), pool.pages_total());
  world.batcher.reset();
  EXPECT_EQ(pool.pages_free(), pool.pages_total());
}

class RandomMix : public testing::TestWithParam<HyperParameters> {};

TEST_P(RandomMix, EachTextIsWhatItWouldBeAloneAndEveryPageComesBack) {
  Counts counts;
  for (uint64_t seed = 1000; seed < 1010; ++seed) {
    SCOPED_TRACE(seed);
    run_mix(GetParam(), seed, 20, counts);
    if (HasFatalFailure()) return;
  }

  EXPECT_GT(counts.cached, 500U);
  EXPECT_GT(counts.preempted, 3U);
  EXPECT_GT(counts.kept_drafts, 5U);
}

INSTANTIATE_TEST_SUITE_P(Small,
                         RandomMix,
                         testing::Values(small_llama(),
                                         small_stories_moe(),
                                         small_deepseek2(),
                                         small_deepseek2_with_head()),
                         [](const auto& tested) {
                           return name_of_model(tested.param) +
                                  (tested.param.mtp_layers > 0 ? "_with_head" : "");
                         });

}  // namespace
}  // namespace suan::engine
