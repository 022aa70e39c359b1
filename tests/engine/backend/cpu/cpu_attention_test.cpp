#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/engine/backend/cpu/cpu_probe.h"

namespace suan::engine {
namespace {

struct Case {
  size_t heads, kv_heads, key_dim, value_dim, page_tokens;
};

// Multi-head, grouped, one key for all (MLA absorbed: its values are part of it); odd widths,
// pages shorter and longer than what a kernel takes at once.
constexpr Case kCases[] = {{4, 4, 8, 8, 64},    {8, 2, 24, 24, 64}, {3, 1, 36, 20, 64},
                           {20, 1, 72, 64, 16}, {2, 2, 5, 3, 7},    {6, 3, 80, 112, 100},
                           {40, 1, 16, 16, 64}};

/// Sequences with a past, their pages shuffled, in a cache of random numbers.
class Attention {
 public:
  Attention(Backend& backend, const Case& tested)
      : backend_(backend),
        shape_{.heads = tested.heads,
               .kv_heads = tested.kv_heads,
               .key_dim = tested.key_dim,
               .value_dim = tested.value_dim,
               .page_tokens = tested.page_tokens,
               .scale = 1 / std::sqrt(static_cast<float>(tested.key_dim))},
        keys_(backend,
              kRows,
              tested.kv_heads * tested.key_dim,
              random_floats(1, kRows * tested.kv_heads * tested.key_dim)),
        values_(backend,
                kRows,
                tested.kv_heads * tested.value_dim,
                random_floats(2, kRows * tested.kv_heads * tested.value_dim)) {}

  /// Sequence `number` has its rows at `first`, from `position` on.
  void add(size_t first, size_t count, size_t position, size_t number) {
    const size_t pages = (position + count) / shape_.page_tokens + 1;
    std::vector<uint32_t> order(pages);
    std::iota(order.rbegin(), order.rend(), static_cast<uint32_t>(number));
    pages_.push_back(std::move(order));
    sequences_.push_back({first, count, position, {}});
    rows_ = std::max(rows_, first + count);
  }

  [[nodiscard]] std::vector<float> run(std::span<const float> queries) {
    for (size_t i = 0; i < sequences_.size(); ++i)
      sequences_[i].pages = pages_[i];
    const Room q(backend_, rows_, shape_.heads * shape_.key_dim, queries);
    const Room out(backend_, rows_, shape_.heads * shape_.value_dim);
    backend_.attention(shape_, sequences_, q.view, keys_.view, values_.view, out.view);
    return floats_of(backend_, out.view);
  }

  [[nodiscard]] size_t q_width() const { return shape_.heads * shape_.key_dim; }

  [[nodiscard]] size_t out_width() const { return shape_.heads * shape_.value_dim; }

 private:
  static constexpr size_t kRows = 1400;

  Backend& backend_;
  AttentionShape shape_;
  Room keys_;
  Room values_;
  std::vector<std::vector<uint32_t>> pages_;
  std::vector<SequenceRows> sequences_;
  size_t rows_ = 0;
};

class CpuAttention : public testing::TestWithParam<std::string> {};

// Tolerance: scores of size 1 give shares that add up to 1; sums of up to 700 of them in float32.
TEST_P(CpuAttention, IsTheReferences) {
  const auto reference = make_backend("reference", 1);
  const auto cpu = make_backend("cpu", 2, GetParam());
  for (const Case& tested : kCases) {
    std::vector<std::vector<float>> found;
    for (Backend* backend : {reference.get(), cpu.get()}) {
      Attention attention(*backend, tested);
      attention.add(0, 37, 0, 0);
      attention.add(37, 1, 0, 1);
      attention.add(38, 1, 699, 2);
      attention.add(39, 20, 250, 0);
      found.push_back(attention.run(random_floats(3, 59 * attention.q_width())));
    }
    for (size_t i = 0; i < found[0].size(); ++i)
      ASSERT_NEAR(found[1][i], found[0][i], 3e-6) << tested.heads << " heads, element " << i;
  }
}

TEST_P(CpuAttention, ARowDoesNotDependOnItsCompanyNorOnThreads) {
  const auto one = make_backend("cpu", 1, GetParam());
  const auto three = make_backend("cpu", 3, GetParam());
  for (const Case& tested : kCases) {
    Attention whole(*three, tested);
    whole.add(0, 20, 600, 0);
    whole.add(20, 1, 650, 1);
    const std::vector<float> queries = random_floats(4, 21 * whole.q_width());
    const std::vector<float> all = whole.run(queries);

    for (const size_t row : {0U, 7U, 19U}) {  // as a prompt that was cut
      Attention alone(*one, tested);
      alone.add(0, 1, 600 + row, 0);
      const std::vector<float> found =
          alone.run(std::span(queries).subspan(row * whole.q_width(), whole.q_width()));
      // The pages that `alone` sees are those of `whole`: it may need fewer, in another order.
      if ((600 + row + 1) / tested.page_tokens == 620 / tested.page_tokens) {
        const auto same = std::span(all).subspan(row * whole.out_width(), whole.out_width());
        EXPECT_EQ(bits_of(found), bits_of(same)) << tested.heads << " heads, row " << row;
      }
    }
  }
}

TEST_P(CpuAttention, WhatLiesBehindARowIsNeverRead) {
  const auto backend = make_backend("cpu", 1, GetParam());
  Room keys(*backend, 128, 8, random_floats(5, size_t{128} * 8));
  Room values(*backend, 128, 8, random_floats(6, size_t{128} * 8));
  for (size_t row = 71; row < 128; ++row) {
    std::fill_n(keys.view.row(row), 8, NAN);
    std::fill_n(values.view.row(row), 8, NAN);
  }
  const std::vector<uint32_t> pages{0, 1};
  const SequenceRows sequence{.first = 0, .count = 3, .position = 68, .pages = pages};
  const Room q(*backend, 3, 16, random_floats(7, size_t{3} * 16));
  const Room out(*backend, 3, 16);

  backend->attention(
      {.heads = 2, .kv_heads = 1, .key_dim = 8, .value_dim = 8, .page_tokens = 64, .scale = 1},
      {&sequence, 1}, q.view, keys.view, values.view, out.view);

  for (const float value : floats_of(*backend, out.view))
    EXPECT_TRUE(std::isfinite(value));
}

INSTANTIATE_TEST_SUITE_P(AllIsas, CpuAttention, all_isas(), name_of_isa);

}  // namespace
}  // namespace suan::engine
