#include <cstdint>
#include <numeric>
#include <vector>

#include <benchmark/benchmark.h>

#include "engine/backend/registry.h"

namespace suan::engine {
namespace {

/// Bytes of a weight matrix, all of them 0x3C: moderate numbers in every stored type,
/// since denormal ones would be slow.
std::vector<unsigned char> weight_bytes(TensorType type, size_t rows, size_t columns) {
  const Block block = block_of(type);
  return std::vector<unsigned char>(rows * columns / block.elements * block.bytes, 0x3C);
}

void fill(Backend& backend, const Tensor& tensor, float value) {
  backend.write(std::vector<float>(tensor.rows * tensor.columns, value), tensor);
}

benchmark::Counter rate(double amount) {
  return {amount, benchmark::Counter::kIsIterationInvariantRate};
}

/// One matrix times some tokens. For one token every weight is read once, so memory bandwidth is
/// the ceiling: GB/s here divided by the machine's STREAM figure is the share reached. For many
/// tokens arithmetic is: GFLOP/s divided by the cores' peak.
void bm_matmul(benchmark::State& state) {
  const auto type = static_cast<TensorType>(state.range(0));
  const auto rows = static_cast<size_t>(state.range(1));
  const auto columns = static_cast<size_t>(state.range(2));
  const auto tokens = static_cast<size_t>(state.range(3));
  const std::vector<unsigned char> bytes = weight_bytes(type, rows, columns);
  const auto backend = make_backend("cpu", 1);
  const Weight weight = backend->load(type, rows, columns, bytes.data());
  const Buffer input = backend->allocate(tokens * columns);
  const Buffer output = backend->allocate(tokens * rows);
  fill(*backend, input.view(tokens, columns), 0.5F);

  for (auto _ : state) {
    backend->matmul(weight, input.view(tokens, columns), output.view(tokens, rows));
    benchmark::ClobberMemory();
  }

  const double flops = 2.0 * static_cast<double>(rows * columns * tokens);
  state.counters["GB/s"] = rate(static_cast<double>(bytes.size()) / 1e9);
  state.counters["GFLOP/s"] = rate(flops / 1e9);
  state.SetLabel(name_of(type));
}

// stories-moe (shared expert, logits), DeepSeek-V2-Lite's expert and V3's, each up and down.
BENCHMARK(bm_matmul)
    ->ArgNames({"type", "rows", "columns", "tokens"})
    ->ArgsProduct({{0}, {172, 512}, {64}, {1, 8, 256}})
    ->ArgsProduct({{0, 1, 3, 4, 8}, {1408}, {2048}, {1, 16}})
    ->ArgsProduct({{3}, {2048}, {7168}, {1}})
    ->ArgsProduct({{3}, {7168}, {2048}, {1}});

/// The routed experts of one layer, every token choosing its own: bandwidth bounds small batches,
/// and each further token reads further experts until all are in use.
void bm_experts(benchmark::State& state) {
  const auto dim = static_cast<size_t>(state.range(0));
  const auto ff = static_cast<size_t>(state.range(1));
  const auto count = static_cast<size_t>(state.range(2));
  const auto top_k = static_cast<size_t>(state.range(3));
  const auto tokens = static_cast<size_t>(state.range(4));
  const std::vector<unsigned char> bytes = weight_bytes(TensorType::F32, ff, dim);
  const auto backend = make_backend("cpu", 1);
  // Experts of their own, or the caches would hold the one that all share.
  const std::vector<std::vector<unsigned char>> stored(3 * count, bytes);
  ExpertWeights weights;
  for (size_t expert = 0; expert < count; ++expert) {
    const auto* gate = stored[3 * expert].data();
    const auto* up = stored[3 * expert + 1].data();
    const auto* down = stored[3 * expert + 2].data();
    weights.gate.push_back(backend->load(TensorType::F32, ff, dim, gate));
    weights.up.push_back(backend->load(TensorType::F32, ff, dim, up));
    weights.down.push_back(backend->load(TensorType::F32, dim, ff, down));
  }
  Routes routes = backend->allocate_routes(tokens, top_k);
  fill(*backend, routes.weights.view(tokens, top_k), 0.25F);
  for (size_t i = 0; i < tokens * top_k; ++i) {
    routes.chosen.get()[i] = static_cast<int32_t>(i * 7 % count);
  }
  const Buffer input = backend->allocate(tokens * dim);
  const Buffer output = backend->allocate(tokens * dim);
  fill(*backend, input.view(tokens, dim), 0.5F);

  for (auto _ : state) {
    backend->experts(weights, routes, input.view(tokens, dim), output.view(tokens, dim));
    benchmark::ClobberMemory();
  }

  const double flops = 6.0 * static_cast<double>(dim * ff * tokens * top_k);
  state.counters["GFLOP/s"] = rate(flops / 1e9);
  state.counters["tokens/s"] = rate(static_cast<double>(tokens));
}

// stories-moe, then a quarter of DeepSeek-V2-Lite's experts (64 of them take 2.2 GB in float32).
BENCHMARK(bm_experts)
    ->ArgNames({"dim", "ff", "experts", "top_k", "tokens"})
    ->ArgsProduct({{64}, {44}, {16}, {4}, {1, 8, 256}})
    ->ArgsProduct({{2048}, {1408}, {16}, {6}, {1, 16}});

/// Attention of one decoded token over its past: reads the cache once, so bandwidth bounds it.
void bm_attention(benchmark::State& state) {
  const auto past = static_cast<size_t>(state.range(3));
  const AttentionShape shape{.heads = static_cast<size_t>(state.range(0)),
                             .kv_heads = static_cast<size_t>(state.range(1)),
                             .key_dim = static_cast<size_t>(state.range(2)),
                             .value_dim = static_cast<size_t>(state.range(2)),
                             .page_tokens = 64,
                             .scale = 0.1F};
  const size_t pages_used = past / shape.page_tokens + 1;
  const size_t rows = pages_used * shape.page_tokens;
  const size_t width = shape.kv_heads * shape.key_dim;
  const auto backend = make_backend("cpu", 1);
  const Buffer keys = backend->allocate(rows * width);
  const Buffer values = backend->allocate(rows * width);
  const Buffer q = backend->allocate(shape.heads * shape.key_dim);
  const Buffer out = backend->allocate(shape.heads * shape.value_dim);
  fill(*backend, keys.view(rows, width), 0.5F);
  std::vector<uint32_t> pages(pages_used);
  std::iota(pages.begin(), pages.end(), 0U);
  const SequenceRows sequence{.first = 0, .count = 1, .position = past - 1, .pages = pages};

  for (auto _ : state) {
    backend->attention(shape, {&sequence, 1}, q.view(1, shape.heads * shape.key_dim),
                       keys.view(rows, width), values.view(rows, width),
                       out.view(1, shape.heads * shape.value_dim));
    benchmark::ClobberMemory();
  }

  state.counters["GB/s"] = rate(static_cast<double>(2 * past * width * sizeof(float)) / 1e9);
}

// stories-moe, Llama 8B, DeepSeek-V2-Lite absorbed (one key of 576 for all heads).
BENCHMARK(bm_attention)
    ->ArgNames({"heads", "kv_heads", "dim", "past"})
    ->Args({8, 4, 8, 300})
    ->Args({32, 8, 128, 2048})
    ->Args({16, 1, 576, 2048});

}  // namespace
}  // namespace suan::engine
