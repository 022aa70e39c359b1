#include <algorithm>
#include <cassert>
#include <limits>

#include "engine/backend/cpu/cpu_backend.h"

namespace suan::engine::cpu {

/// Some queries of one key and value head, all of one sequence.
struct QueryGroup {
  const SequenceRows* sequence = nullptr;
  size_t kv_head = 0;
  size_t first = 0;  // query number: row of the sequence * heads per kv head + head
  size_t count = 0;
};

/// What attention works on.
struct AttentionOperands {
  const AttentionShape& shape;
  const Tensor& q;
  const Tensor& keys;
  const Tensor& values;
  const Tensor& out;

  [[nodiscard]] size_t heads_per_kv() const { return shape.heads / shape.kv_heads; }

  /// Row of the batch and column of a query's head.
  [[nodiscard]] size_t row_of(const QueryGroup& group, size_t i) const {
    return group.sequence->first + (group.first + i) / heads_per_kv();
  }

  [[nodiscard]] size_t head_of(const QueryGroup& group, size_t i) const {
    return group.kv_head * heads_per_kv() + (group.first + i) % heads_per_kv();
  }

  /// Positions that a query sees: its own is the last.
  [[nodiscard]] size_t length_of(const QueryGroup& group, size_t i) const {
    return group.sequence->position + (group.first + i) / heads_per_kv() + 1;
  }
};

}  // namespace suan::engine::cpu

namespace suan::engine {
namespace {

using cpu::QueryGroup;
using Operands = cpu::AttentionOperands;

/// Positions that are attended on their own before their result is merged with the others': the
/// share of one thread when a long past is split. Fixed, so that no result depends on threads.
constexpr size_t kChunkPositions = 256;

constexpr size_t kQueriesMax = cpu::kQueriesMax;

std::vector<QueryGroup> groups_of(const AttentionShape& shape,
                                  std::span<const SequenceRows> sequences) {
  std::vector<QueryGroup> groups;
  const size_t heads_per_kv = shape.heads / shape.kv_heads;
  for (const SequenceRows& sequence : sequences) {
    const size_t queries = sequence.count * heads_per_kv;
    for (size_t kv_head = 0; kv_head < shape.kv_heads; ++kv_head) {
      for (size_t first = 0; first < queries; first += kQueriesMax)
        groups.push_back({&sequence, kv_head, first, std::min(kQueriesMax, queries - first)});
    }
  }
  return groups;
}

/// Attends positions `begin` to `end`, all within one chunk. `parts` start empty.
void attend_chunk(const cpu::KernelTable& kernels,
                  const Operands& all,
                  const QueryGroup& group,
                  size_t begin,
                  size_t end,
                  cpu::Attended* parts) {
  const AttentionShape& shape = all.shape;
  const float* queries[kQueriesMax];
  size_t visible[kQueriesMax];
  for (size_t position = begin; position < end;) {
    const size_t in_page = position % shape.page_tokens;
    const size_t count =
        std::min({cpu::kBlockPositions, shape.page_tokens - in_page, end - position});
    const size_t row =
        group.sequence->pages[position / shape.page_tokens] * shape.page_tokens + in_page;
    size_t first = group.count;  // the first query that sees any of the block
    while (first > 0 && all.length_of(group, first - 1) > position) {
      --first;
      queries[first] =
          all.q.row(all.row_of(group, first)) + all.head_of(group, first) * shape.key_dim;
      visible[first] = std::min(all.length_of(group, first) - position, count);
    }
    const cpu::KeyBlock block{
        .keys = all.keys.data + row * all.keys.stride + group.kv_head * shape.key_dim,
        .values = all.values.data + row * all.values.stride + group.kv_head * shape.value_dim,
        .key_stride = all.keys.stride,
        .value_stride = all.values.stride,
        .key_dim = shape.key_dim,
        .value_dim = shape.value_dim,
        .scale = shape.scale};
    kernels.attend(block, queries + first, visible + first, group.count - first, parts + first);
    position += count;
  }
}

/// One group's results over some positions, and room for them.
struct Partial {
  Partial(float* room, size_t count, size_t value_dim) {
    std::fill_n(room, count * value_dim, 0.0F);
    for (size_t i = 0; i < count; ++i)
      parts[i] = {-std::numeric_limits<float>::infinity(), 0, room + i * value_dim};
  }

  cpu::Attended parts[kQueriesMax]{};
};

/// What is left to do when all chunks of a group are merged.
void finish(const cpu::KernelTable& kernels,
            const Operands& all,
            const QueryGroup& group,
            const Partial& total) {
  const size_t value_dim = all.shape.value_dim;
  for (size_t i = 0; i < group.count; ++i) {
    const cpu::Attended& query = total.parts[i];
    kernels.scale(query.out, value_dim, 1.0F / query.sum);
    float* out = all.out.row(all.row_of(group, i)) + all.head_of(group, i) * value_dim;
    std::copy_n(query.out, value_dim, out);
  }
}

void merge(const cpu::KernelTable& kernels,
           const Partial& part,
           size_t count,
           size_t value_dim,
           Partial& total) {
  for (size_t i = 0; i < count; ++i) {
    // A sum of nothing, or NaN, which must come through.
    if (part.parts[i].sum != 0) kernels.merge(part.parts[i], value_dim, total.parts[i]);
  }
}

/// Position at which a chunk of a group ends.
size_t end_of(const Operands& all, const QueryGroup& group, size_t chunk) {
  return std::min((chunk + 1) * kChunkPositions, all.length_of(group, group.count - 1));
}

size_t chunks_of(const Operands& all, const QueryGroup& group) {
  return (all.length_of(group, group.count - 1) + kChunkPositions - 1) / kChunkPositions;
}

/// A whole group by one thread. `room` is for two partial results.
void attend_group(const cpu::KernelTable& kernels,
                  const Operands& all,
                  const QueryGroup& group,
                  float* room) {
  const size_t value_dim = all.shape.value_dim;
  Partial total(room, group.count, value_dim);
  for (size_t chunk = 0; chunk < chunks_of(all, group); ++chunk) {
    Partial part(room + kQueriesMax * value_dim, group.count, value_dim);
    attend_chunk(kernels, all, group, chunk * kChunkPositions, end_of(all, group, chunk),
                 part.parts);
    merge(kernels, part, group.count, value_dim, total);
  }
  finish(kernels, all, group, total);
}

}  // namespace

void CpuBackend::attention(const AttentionShape& shape,
                           std::span<const SequenceRows> sequences,
                           const Tensor& q,
                           const Tensor& keys,
                           const Tensor& values,
                           const Tensor& out) {
  assert(shape.heads % shape.kv_heads == 0);
  assert(q.columns == shape.heads * shape.key_dim);
  assert(out.columns == shape.heads * shape.value_dim);
  if (sequences.empty()) return;
  const Operands all{shape, q, keys, values, out};
  const std::vector<QueryGroup> groups = groups_of(shape, sequences);

  // With groups enough for all threads each is one item; else its chunks are. The numbers are
  // the same either way.
  if (groups.size() >= size_t{4} * pool_.threads()) {
    attend_groups(all, groups);
  } else {
    attend_chunks(all, groups);
  }
}

void CpuBackend::attend_groups(const Operands& all, std::span<const QueryGroup> groups) {
  const AttentionShape& shape = all.shape;
  const size_t cost = all.length_of(groups.back(), 0) * groups.front().count *
                      (shape.key_dim + shape.value_dim);
  pool_.run(groups.size(), cost, [&](size_t first, size_t last, size_t worker) {
    std::vector<float>& room = workers_[worker].attended;
    room.resize(2 * kQueriesMax * shape.value_dim);
    for (size_t i = first; i < last; ++i)
      attend_group(kernels_, all, groups[i], room.data());
  });
}

void CpuBackend::attend_chunks(const Operands& all, std::span<const QueryGroup> groups) {
  const size_t value_dim = all.shape.value_dim;

  struct Item {
    const QueryGroup* group;
    size_t chunk;
  };

  std::vector<Item> items;
  for (const QueryGroup& group : groups) {
    for (size_t chunk = 0; chunk < chunks_of(all, group); ++chunk)
      items.push_back({&group, chunk});
  }
  const size_t room_each = kQueriesMax * value_dim;
  if (partial_.size() < items.size() * room_each) partial_.resize(items.size() * room_each);
  std::vector<Partial> parts;
  parts.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i)
    parts.emplace_back(partial_.data() + i * room_each, items[i].group->count, value_dim);

  const size_t cost = kChunkPositions * groups.front().count * (all.shape.key_dim + value_dim);
  pool_.run(items.size(), cost, [&](size_t first, size_t last, size_t) {
    for (size_t i = first; i < last; ++i) {
      const auto [group, chunk] = items[i];
      attend_chunk(kernels_, all, *group, chunk * kChunkPositions, end_of(all, *group, chunk),
                   parts[i].parts);
    }
  });

  std::vector<float>& room = workers_[0].attended;
  room.resize(2 * room_each);
  for (size_t i = 0; i < items.size();) {
    const QueryGroup& group = *items[i].group;
    Partial total(room.data(), group.count, value_dim);
    for (; i < items.size() && items[i].group == &group; ++i)
      merge(kernels_, parts[i], group.count, value_dim, total);
    finish(kernels_, all, group, total);
  }
}

}  // namespace suan::engine
