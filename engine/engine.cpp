#include "engine/engine.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/backend/registry.h"
#include "engine/batch/batcher.h"
#include "engine/cache/kv_cache.h"
#include "engine/model/architectures.h"
#include "engine/weights/model_file.h"

namespace suan::engine {
namespace {

/// Whether the model's prediction head makes the drafts.
bool uses_head(const HyperParameters& hyper, const EngineConfig& config) {
  const bool may =
      config.speculation == Speculation::Mtp || config.speculation == Speculation::Auto;
  return may && hyper.mtp_layers > 0;
}

Sharing sharing_of(const HyperParameters& hyper, const EngineConfig& config) {
  if (!config.reuses_prefixes) return Sharing::Nothing;
  return hyper.kv_lora > 0 ? Sharing::Prompts : Sharing::All;
}

/// What one engine is built to: the configuration with its defaults filled in.
BatcherLimits limits_of(const HyperParameters& hyper, const EngineConfig& config) {
  const uint64_t kv_tokens =
      config.kv_tokens > 0 ? config.kv_tokens : uint64_t{config.slots} * hyper.context_tokens;
  if (kv_tokens > std::numeric_limits<uint32_t>::max() / 2) {
    throw ModelError(fmt::format("{} KV tokens are more than an engine can hold", kv_tokens));
  }
  return {.slots = config.slots,
          .kv_tokens = static_cast<uint32_t>(kv_tokens),
          .prefill_chunk = config.prefill_chunk,
          .context_tokens = hyper.context_tokens,
          .vocabulary = hyper.vocabulary,
          .output_promised = config.output_promised,
          .draft_tokens = config.speculation == Speculation::Off ? 0 : config.draft_tokens};
}

PassLimits pass_limits(const BatcherLimits& limits) {
  const size_t decoded = size_t{limits.slots} * (1 + limits.draft_tokens);
  return {.rows = decoded + limits.prefill_chunk,
          .outputs = decoded,
          .positions = limits.context_tokens};
}

uint32_t pages_of(const BatcherLimits& limits) {
  return static_cast<uint32_t>(PagePool::pages_for(limits.kv_tokens) + limits.slots);
}

void check_config(const HyperParameters& hyper, const EngineConfig& config) {
  constexpr uint32_t kSlotsMax = 4096;
  constexpr uint32_t kDraftMax = 16;
  constexpr uint32_t kChunkMax = 65'536;
  constexpr uint32_t kThreadsMax = 1024;
  const auto check = [](const char* what, uint32_t value, uint32_t highest) {
    if (value >= 1 && value <= highest) return;
    throw ModelError(fmt::format("engine {} is {}, allowed are 1 to {}", what, value, highest));
  };
  check("slots", config.slots, kSlotsMax);
  check("prefill chunk", config.prefill_chunk, kChunkMax);
  check("threads", config.threads, kThreadsMax);
  check("share of promised output", config.output_promised, 100);
  check("draft tokens", config.draft_tokens, kDraftMax);
  if (config.speculation == Speculation::Mtp && !uses_head(hyper, config)) {
    throw ModelError("drafts by prediction head are wanted, but the model has none");
  }
}

/// The system hands out memory it does not have, so the largest piece is compared first.
void check_memory(const CacheShape& shape, const BatcherLimits& limits) {
  const auto pages = static_cast<uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const auto page_bytes = static_cast<uint64_t>(std::max(0L, sysconf(_SC_PAGE_SIZE)));
  uint64_t wanted = 0;
  const uint64_t tokens = uint64_t{pages_of(limits)} * kPageTokens;
  const bool is_huge = __builtin_mul_overflow(tokens, shape.token_bytes(), &wanted);
  if (is_huge || wanted > pages * page_bytes) {
    throw ModelError(
        fmt::format("a KV cache of {} tokens takes {} bytes each; the machine has {}",
                    limits.kv_tokens, shape.token_bytes(), pages * page_bytes));
  }
}

class ModelEngine final : public Engine {
 public:
  ModelEngine(std::shared_ptr<const ModelFile> model, const EngineConfig& config)
      : model_(std::move(model)),
        limits_(limits_of(hyper(), config)),
        backend_(make_backend(config.backend, config.threads, config.isa)),
        loader_(*model_, *backend_),
        decoder_(loader_, make_layers(loader_), pass_limits(limits_)),
        cache_(*backend_, cache_shape(hyper()), pages_of(limits_)),
        head_(uses_head(hyper(), config) ? std::make_unique<Mtp>(loader_, decoder_) : nullptr),
        drafter_(config.speculation, head_.get(), decoder_, cache_),
        batcher_({.decoder = decoder_,
                  .cache = cache_,
                  .drafter = drafter_,
                  .sharing = sharing_of(hyper(), config)},
                 limits_,
                 model_->manifest().vocabulary.ends) {}

  Admission submit(Generation generation) override {
    return batcher_.submit(std::move(generation));
  }

  void cancel(uint64_t id) override { batcher_.cancel(id); }

  StepResult step() override { return batcher_.step(); }

  [[nodiscard]] EngineCapacity capacity() const override { return batcher_.capacity(); }

  [[nodiscard]] std::vector<float> logits(const std::vector<int32_t>& tokens) override;

 private:
  [[nodiscard]] const HyperParameters& hyper() const { return model_->manifest().hyper; }

  void append_outputs(size_t rows, std::vector<float>& all);

  std::shared_ptr<const ModelFile> model_;
  BatcherLimits limits_;
  std::unique_ptr<Backend> backend_;
  WeightLoader loader_;
  Decoder decoder_;
  KvCache cache_;
  std::unique_ptr<Mtp> head_;  // null: drafts, if any, come from the text
  Drafter drafter_;
  Batcher batcher_;
};

std::vector<float> ModelEngine::logits(const std::vector<int32_t>& tokens) {
  assert(tokens.size() <= limits_.context_tokens);
  std::vector<float> all;
  all.reserve(tokens.size() * limits_.vocabulary);
  // A cache of its own: running sequences keep theirs, however full.
  const auto pages = static_cast<uint32_t>(PagePool::pages_for(tokens.size()));
  KvCache cache(*backend_, cache_shape(hyper()), pages);
  const PageLease lease = cache.pages().lease(tokens.size());
  Batch batch;
  for (size_t first = 0; first < tokens.size(); first += limits_.prefill_chunk) {
    const size_t count = std::min<size_t>(limits_.prefill_chunk, tokens.size() - first);
    batch.clear();
    batch.add_prompt(tokens.data() + first, count, first, lease);
    (void)decoder_.forward(batch, cache);
    append_outputs(count, all);
  }
  return all;
}

void ModelEngine::append_outputs(size_t rows, std::vector<float>& all) {
  std::vector<uint32_t> wanted;
  for (size_t first = 0; first < rows; first += limits_.slots) {
    const size_t end = std::min<size_t>(rows, first + limits_.slots);
    wanted.clear();
    for (size_t row = first; row < end; ++row)
      wanted.push_back(static_cast<uint32_t>(row));
    const std::span<const float> values = decoder_.outputs(wanted);
    all.insert(all.end(), values.begin(), values.end());
  }
}

}  // namespace

Speculation speculation_named(const std::string& name) {
  if (name == "off") return Speculation::Off;
  if (name == "auto") return Speculation::Auto;
  if (name == "mtp") return Speculation::Mtp;
  if (name == "ngram") return Speculation::Ngram;
  throw ModelError(
      fmt::format("speculation '{}' is not known; off, auto, mtp and ngram are", name));
}

std::unique_ptr<Engine> make_engine(std::shared_ptr<const ModelFile> model,
                                    const EngineConfig& config) {
  assert(model != nullptr);
  const HyperParameters& hyper = model->manifest().hyper;
  check_config(hyper, config);
  check_memory(cache_shape(hyper), limits_of(hyper, config));
  try {
    return std::make_unique<ModelEngine>(std::move(model), config);
  } catch (const std::bad_alloc&) {
    throw ModelError("the model and its KV cache do not fit in memory");
  }
}

}  // namespace suan::engine
