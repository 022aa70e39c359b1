#include "cli/model_bench.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <random>

#include <fmt/format.h>

#include "catalog/types/json.h"
#include "cli/command.h"
#include "engine/backend/registry.h"
#include "engine/cache/kv_cache.h"
#include "node_agent/hardware/self_measure.h"

namespace suan::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kPrefillChunk = 512;
constexpr uint32_t kWarmUpTokens = 64;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Random prompts, the same in every run.
class Prompts {
 public:
  explicit Prompts(uint32_t vocabulary) : tokens_(0, static_cast<int32_t>(vocabulary) - 1) {}

  std::vector<int32_t> next(size_t count) {
    std::vector<int32_t> prompt(count);
    for (int32_t& token : prompt)
      token = tokens_(random_);
    return prompt;
  }

 private:
  std::mt19937 random_{20250223};
  std::uniform_int_distribution<int32_t> tokens_;
};

void submit(engine::Engine& engine, uint64_t id, std::vector<int32_t> prompt, uint32_t tokens) {
  engine::Generation generation;
  generation.id = id;
  generation.prompt = std::move(prompt);
  generation.tokens_max = tokens;
  generation.sampling.temperature = 0;
  generation.sampling.ignores_eos = true;
  if (engine.submit(std::move(generation)) != engine::Admission::Accepted) {
    throw Failure(1, fmt::format("the context of {} tokens is too short for this benchmark",
                                 engine.capacity().context_tokens));
  }
}

/// Steps until nothing runs; counts tokens.
size_t run_out(engine::Engine& engine) {
  size_t tokens = 0;
  while (engine.capacity().running + engine.capacity().waiting > 0)
    tokens += engine.step().tokens.size();
  return tokens;
}

double prefill_rate(engine::Engine& engine, Prompts& prompts, uint32_t tokens) {
  submit(engine, 1, prompts.next(tokens), 1);
  const auto start = Clock::now();
  run_out(engine);
  return tokens / seconds_since(start);
}

double decode_rate(
    engine::Engine& engine, Prompts& prompts, uint32_t tokens, uint32_t depth, uint32_t batch) {
  for (uint32_t i = 0; i < batch; ++i)
    submit(engine, i + 1, prompts.next(std::max(depth, 1U)), tokens + batch + 2);
  while (engine.capacity().prefill_tokens_queued > 0)
    (void)engine.step();
  (void)engine.step();  // the first one finds caches as the prompts left them

  size_t made = 0;
  const auto start = Clock::now();
  for (uint32_t i = 0; i < tokens; ++i)
    made += engine.step().tokens.size();
  const double rate = static_cast<double>(made) / seconds_since(start);
  for (uint32_t i = 0; i < batch; ++i)
    engine.cancel(i + 1);
  run_out(engine);
  (void)engine.step();
  return rate;
}

uint32_t largest(const std::vector<uint32_t>& values) {
  return *std::max_element(values.begin(), values.end());
}

engine::EngineConfig config_for(const ModelOptions& options, const BenchWish& wish) {
  const uint32_t batch = largest(wish.batches);
  const uint32_t longest = std::max({wish.prompt_tokens, largest(wish.depths), kWarmUpTokens}) +
                           wish.generated_tokens + batch + 8;
  return {.slots = batch,
          .kv_tokens = longest * batch,
          .prefill_chunk = kPrefillChunk,
          .backend = options.backend,
          .isa = options.isa,
          .threads = options.threads};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

BenchReport head_of(const ModelOptions& options) {
  BenchReport report;
  report.model = std::filesystem::path(options.file).filename().string();
  report.backend =
      options.backend == "auto" ? engine::available_backends().front() : options.backend;
  if (report.backend == "cpu") {
    report.isa = options.isa == "auto" ? engine::available_isas().front() : options.isa;
  }
  report.threads = options.threads;
  report.read_gb_s = node_agent::self_measure({.threads = options.threads, .matrix_time = 1ms})
                         .memory_read_gb_s;
  return report;
}

/// Every test of the wish, not yet measured.
std::vector<BenchResult> planned(const engine::Manifest& manifest, const BenchWish& wish) {
  std::vector<BenchResult> results;
  if (wish.prompt_tokens > 0) {
    const double steps = std::ceil(double{1} * wish.prompt_tokens / kPrefillChunk);
    const double bytes = step_bytes(manifest, kPrefillChunk, 0) * steps;
    results.push_back({.test = "prefill",
                       .tokens = wish.prompt_tokens,
                       .bytes_per_token = bytes / wish.prompt_tokens});
  }
  for (const uint32_t depth : wish.depths) {
    for (const uint32_t batch : wish.batches) {
      const double bytes = step_bytes(manifest, batch, depth + wish.generated_tokens / 2);
      results.push_back({.test = "decode",
                         .tokens = wish.generated_tokens,
                         .depth = depth,
                         .batch = batch,
                         .bytes_per_token = bytes / batch});
    }
  }
  return results;
}

}  // namespace

double step_bytes(const engine::Manifest& manifest, uint32_t batch, uint32_t depth) {
  const engine::HyperParameters& hyper = manifest.hyper;
  const bool is_tied = manifest.find("output.weight") == nullptr;
  double reached = 1;
  if (hyper.experts > 0) {
    const double missed = 1 - double{1} * hyper.experts_used / hyper.experts;
    reached = 1 - std::pow(missed, batch);
  }
  double bytes = 0;
  for (const engine::TensorEntry& tensor : manifest.tensors) {
    // Single rows of the embedding are read, unless it is the output as well.
    if (tensor.name == "token_embd.weight" && !is_tied) continue;
    const bool is_routed = tensor.name.find("_exps.") != std::string::npos;
    bytes += static_cast<double>(tensor.bytes) * (is_routed ? reached : 1);
  }
  const auto cache = static_cast<double>(engine::cache_shape(hyper).token_bytes());
  return bytes + cache * depth * batch;
}

BenchReport bench_model(const ModelOptions& options, const BenchWish& wish) {
  const auto file = engine::open_model(options.file, options.reader);
  if (file->manifest().tensors.empty()) {
    throw Failure(1, options.file + " holds only a vocabulary, no weights");
  }
  BenchReport report = head_of(options);
  const auto engine = engine::make_engine(file, config_for(options, wish));
  Prompts prompts(engine->capacity().vocabulary);
  (void)prefill_rate(*engine, prompts, kWarmUpTokens);  // touches the file

  report.results = planned(file->manifest(), wish);
  // Repetitions outside: what disturbs the machine for a moment spoils one of each.
  for (uint32_t i = 0; i < wish.repetitions; ++i) {
    for (BenchResult& result : report.results) {
      result.tokens_per_s.push_back(
          result.test == "prefill"
              ? prefill_rate(*engine, prompts, result.tokens)
              : decode_rate(*engine, prompts, result.tokens, result.depth, result.batch));
    }
  }
  return report;
}

double bound_fraction(const BenchReport& report, const BenchResult& result) {
  return median(result.tokens_per_s) * result.bytes_per_token / 1e9 / report.read_gb_s;
}

std::string bench_json(const BenchReport& report) {
  Json results = Json::array();
  for (const BenchResult& result : report.results) {
    results.push_back({{"test", result.test},
                       {"tokens", result.tokens},
                       {"depth", result.depth},
                       {"batch", result.batch},
                       {"tokens_per_s", result.tokens_per_s},
                       {"bound_fraction", bound_fraction(report, result)}});
  }
  return dump_json({{"model", report.model},
                    {"threads", report.threads},
                    {"backend", report.backend},
                    {"isa", report.isa},
                    {"read_gb_s", report.read_gb_s},
                    {"results", std::move(results)}});
}

std::string bench_text(const BenchReport& report) {
  std::string text =
      fmt::format("{} on {} {}, {} threads that read {:.1f} GB/s from memory\n", report.model,
                  report.backend, report.isa, report.threads, report.read_gb_s);
  text += "test     tokens  depth  batch  tokens/s (median, least, most)  of the read bound\n";
  for (const BenchResult& result : report.results) {
    const auto [least, most] =
        std::minmax_element(result.tokens_per_s.begin(), result.tokens_per_s.end());
    text += fmt::format("{:<8} {:>6} {:>6} {:>6}  {:>9.1f} {:>9.1f} {:>9.1f} {:>18.0f} %\n",
                        result.test, result.tokens, result.depth, result.batch,
                        median(result.tokens_per_s), *least, *most,
                        100 * bound_fraction(report, result));
  }
  text.pop_back();
  return text;
}

}  // namespace suan::cli
