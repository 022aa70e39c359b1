#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

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

/// Calls visit(first position, its row in the cache, count) for each page, in order.
template <class Visit>
void for_each_page(const Query& query, size_t page_tokens, const Visit& visit) {
  for (size_t position = 0; position < query.length; position += page_tokens) {
    const size_t row = size_t{query.pages[position / page_tokens]} * page_tokens;
    visit(position, row, std::min(page_tokens, query.length - position));
  }
}

/// score[position] = scale * q . key
void score_keys(const Query& query, const AttentionShape& shape, float* score) {
  for_each_page(query, shape.page_tokens, [&](size_t position, size_t row, size_t count) {
    const float* key = query.keys + row * query.key_stride;
    size_t i = 0;
    for (; i + 4 <= count; i += 4, key += 4 * query.key_stride) {
      const float* const keys[4] = {key, key + query.key_stride, key + 2 * query.key_stride,
                                    key + 3 * query.key_stride};
      reference::dot_of_four(keys, query.q, shape.key_dim, score + position + i);
    }
    for (; i < count; ++i, key += query.key_stride) {
      score[position + i] = reference::dot(query.q, key, shape.key_dim);
    }
  });
  for (size_t position = 0; position < query.length; ++position)
    score[position] *= shape.scale;
}

/// Turns scores into exp(score - highest); returns their sum.
float exponentiate(float* score, size_t count) {
  const float highest = *std::max_element(score, score + count);
  float sum = 0;
  for (size_t i = 0; i < count; ++i) {
    score[i] = std::exp(score[i] - highest);
    sum += score[i];
  }
  return sum;
}

/// out += sum of score[i] * value[i] over one page, whose values stay in the nearest cache while
/// the columns are gone through eight at a time.
void add_page(const Query& query,
              const float* score,
              const float* values,
              size_t count,
              size_t value_dim) {
  using reference::Lanes;
  using reference::load_lanes;
  size_t column = 0;
  for (; column + 8 <= value_dim; column += 8) {
    Lanes low = load_lanes(query.out + column);
    Lanes high = load_lanes(query.out + column + 4);
    const float* value = values + column;
    for (size_t i = 0; i < count; ++i, value += query.value_stride) {
      low += score[i] * load_lanes(value);
      high += score[i] * load_lanes(value + 4);
    }
    reference::store_lanes(query.out + column, low);
    reference::store_lanes(query.out + column + 4, high);
  }
  for (; column < value_dim; ++column) {
    for (size_t i = 0; i < count; ++i) {
      query.out[column] += score[i] * values[i * query.value_stride + column];
    }
  }
}

/// out = sum of softmax(scale * q . key) * value
void attend(const Query& query, const AttentionShape& shape, std::vector<float>& scores) {
  if (scores.size() < query.length) scores.resize(query.length);
  float* score = scores.data();

  score_keys(query, shape, score);
  const float sum = exponentiate(score, query.length);

  std::fill_n(query.out, shape.value_dim, 0.0F);
  for_each_page(query, shape.page_tokens, [&](size_t position, size_t row, size_t count) {
    const float* values = query.values + row * query.value_stride;
    add_page(query, score + position, values, count, shape.value_dim);
  });
  for (size_t i = 0; i < shape.value_dim; ++i)
    query.out[i] /= sum;
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
