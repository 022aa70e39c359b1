#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "engine/backend/reference/dot.h"
#include "engine/backend/reference/reference_backend.h"

namespace suan::engine {
namespace {

/// One query head of one row: what it looks at, and where the answer goes.
struct Query {
  const float* q = nullptr;
  const float* keys = nullptr;    // of its head, in the cache's row 0
  const float* values = nullptr;  // likewise
  size_t key_stride = 0;
  size_t value_stride = 0;
  std::span<const uint32_t> pages;
  size_t length = 0;  // positions to look at: its own is the last
  float* out = nullptr;
};

/// Calls visit(position, cache row) for each position in order.
template <class Visit>
void for_each_position(const Query& query, size_t page_tokens, const Visit& visit) {
  size_t position = 0;
  for (size_t page = 0; position < query.length; ++page) {
    const size_t row = size_t{query.pages[page]} * page_tokens;
    const size_t end = std::min(query.length, position + page_tokens);
    for (size_t offset = 0; position < end; ++position, ++offset)
      visit(position, row + offset);
  }
}

/// out = sum of softmax(scale * q . key) * value
void attend(const Query& query, const AttentionShape& shape, std::vector<float>& scores) {
  if (scores.size() < query.length) scores.resize(query.length);
  float* score = scores.data();

  float highest = -std::numeric_limits<float>::infinity();
  for_each_position(query, shape.page_tokens, [&](size_t position, size_t row) {
    const float* key = query.keys + row * query.key_stride;
    score[position] = reference::dot(query.q, key, shape.key_dim) * shape.scale;
    highest = std::max(highest, score[position]);
  });

  float sum = 0;
  for (size_t position = 0; position < query.length; ++position) {
    score[position] = std::exp(score[position] - highest);
    sum += score[position];
  }

  std::fill_n(query.out, shape.value_dim, 0.0F);
  for_each_position(query, shape.page_tokens, [&](size_t position, size_t row) {
    const float* value = query.values + row * query.value_stride;
    reference::add_scaled(score[position] / sum, value, query.out, shape.value_dim);
  });
}

}  // namespace

void ReferenceBackend::attention(const AttentionShape& shape,
                                 std::span<const SequenceRows> sequences,
                                 const Tensor& q,
                                 const Tensor& keys,
                                 const Tensor& values,
                                 const Tensor& out) {
  assert(shape.heads % shape.kv_heads == 0);
  assert(q.columns == shape.heads * shape.key_dim);
  assert(out.columns == shape.heads * shape.value_dim);
  const size_t heads_per_kv = shape.heads / shape.kv_heads;

  for (const SequenceRows& sequence : sequences) {
    const size_t cost =
        (sequence.position + sequence.count) * (shape.key_dim + shape.value_dim);
    const size_t items = sequence.count * shape.heads;
    pool_.run(items, cost, [&](size_t first, size_t last, size_t worker) {
      for (size_t item = first; item < last; ++item) {
        const size_t offset = item / shape.heads;
        const size_t head = item % shape.heads;
        const size_t kv_head = head / heads_per_kv;
        const size_t row = sequence.first + offset;
        const Query query{.q = q.row(row) + head * shape.key_dim,
                          .keys = keys.data + kv_head * shape.key_dim,
                          .values = values.data + kv_head * shape.value_dim,
                          .key_stride = keys.stride,
                          .value_stride = values.stride,
                          .pages = sequence.pages,
                          .length = sequence.position + offset + 1,
                          .out = out.row(row) + head * shape.value_dim};
        attend(query, shape, scratch_[worker]);
      }
    });
  }
}

}  // namespace suan::engine
