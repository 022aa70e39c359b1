#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "engine/sampling/sampler.h"

namespace suan::engine {
namespace {

/// Every filter as it is defined, by sorting, in double precision.
class PlainSampler {
 public:
  explicit PlainSampler(const Sampling& sampling) : sampling_(sampling) {}

  int32_t draw(const std::vector<float>& logits, const std::vector<bool>& allowed, uint64_t n) {
    one_by_one_.clear();
    for (size_t i = 0; i < logits.size(); ++i) {
      if (allowed[i]) one_by_one_.push_back({static_cast<int32_t>(i), logits[i]});
    }
    std::ranges::sort(one_by_one_, is_likelier);
    const double highest = one_by_one_.front().logit;
    for (Candidate& one : one_by_one_)
      one.weight = static_cast<float>(std::exp((one.logit - highest) / sampling_.temperature));
    if (sampling_.top_k > 0 && sampling_.top_k < one_by_one_.size())
      one_by_one_.resize(sampling_.top_k);
    keep_front(sampling_.top_p);
    std::erase_if(one_by_one_,
                  [&](const Candidate& one) { return one.weight < sampling_.min_p; });
    if (sampling_.typical_p < 1) {
      sort_by_surprise();
      keep_front(sampling_.typical_p);
    }
    std::ranges::sort(one_by_one_, {}, &Candidate::token);
    return candidate_at(one_by_one_, uniform_of(sampling_.seed, n));
  }

  [[nodiscard]] size_t kept() const { return one_by_one_.size(); }

 private:
  double total() const {
    double sum = 0;
    for (const Candidate& one : one_by_one_)
      sum += one.weight;
    return sum;
  }

  void keep_front(double share) {
    if (share >= 1) return;
    const double target = share * total();
    double sum = 0;
    size_t kept = 0;
    while (kept < one_by_one_.size() && (kept == 0 || sum < target))
      sum += one_by_one_[kept++].weight;
    one_by_one_.resize(kept);
  }

  void sort_by_surprise() {
    std::erase_if(one_by_one_, [](const Candidate& one) { return one.weight == 0; });
    const double all = total();
    double expected = 0;
    const auto surprise_of = [&](const Candidate& one) { return -std::log(one.weight / all); };
    for (const Candidate& one : one_by_one_)
      expected += one.weight / all * surprise_of(one);
    for (Candidate& one : one_by_one_)
      one.surprise = static_cast<float>(std::abs(surprise_of(one) - expected));
    std::ranges::stable_sort(one_by_one_, {}, &Candidate::surprise);
  }

  Sampling sampling_;
  Candidates one_by_one_;  // likeliest first
};

struct Case {
  Sampling sampling;
  std::vector<float> logits;
  std::vector<bool> allowed;
  std::vector<uint64_t> mask;  // empty: all
};

Case random_case(std::mt19937& random) {
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  const auto share = [&] { return static_cast<double>(random() % 1001) / 1000; };
  Case one;
  const size_t size = one_in(4) ? 1 + random() % 5 : 1 + random() % 3000;
  std::normal_distribution<float> normal(0, one_in(2) ? 1.0F : 4.0F);
  for (size_t i = 0; i < size; ++i)
    one.logits.push_back(normal(random));
  one.sampling.temperature = 0.1 + share() * 1.5;
  one.sampling.seed = random();
  if (one_in(2)) one.sampling.top_k = 1 + random() % (one_in(2) ? 50 : 4000);
  if (one_in(2)) one.sampling.top_p = share();
  if (one_in(2)) one.sampling.min_p = share() * share();
  if (one_in(2)) one.sampling.typical_p = share();
  one.allowed.assign(size, true);
  if (one_in(3)) {
    one.mask.assign((size + 63) / 64, 0);
    const size_t kept = random() % size;
    for (size_t i = 0; i < size; ++i) {
      one.allowed[i] = i == kept || random() % 8 == 0;
      if (one.allowed[i]) one.mask[i / 64] |= uint64_t{1} << (i % 64);
    }
  }
  return one;
}

TEST(SamplerProperty, DrawsWhatThePlainDefinitionsDraw) {
  std::mt19937 random(7);
  SamplingRoom room;
  std::set<size_t> sizes;
  for (int i = 0; i < 1000; ++i) {
    const Case one = random_case(random);
    Sampler sampler(one.sampling, {});
    PlainSampler plain(one.sampling);
    for (uint64_t n = 0; n < 3; ++n) {
      const int32_t expected = plain.draw(one.logits, one.allowed, n);
      ASSERT_EQ(sampler.draw(one.logits, room, one.mask), expected)
          << "case " << i << ", draw " << n << ", " << one.logits.size() << " tokens, k "
          << one.sampling.top_k << ", p " << one.sampling.top_p << ", min "
          << one.sampling.min_p << ", typical " << one.sampling.typical_p << ", kept "
          << plain.kept();
    }
    sizes.insert(plain.kept());
  }
  EXPECT_GT(sizes.size(), 150U);  // the cases keep one token, all, and much between
}

TEST(SamplerProperty, TheSpaceThatIsSharedCarriesNothingOver) {
  std::mt19937 random(8);
  SamplingRoom shared;
  for (int i = 0; i < 300; ++i) {
    const Case one = random_case(random);
    SamplingRoom fresh;
    Sampler first(one.sampling, {});
    Sampler second(one.sampling, {});
    ASSERT_EQ(first.draw(one.logits, shared, one.mask),
              second.draw(one.logits, fresh, one.mask));
  }
}

TEST(SamplerProperty, AMaskOfEverythingChangesNothing) {
  std::mt19937 random(9);
  SamplingRoom room;
  for (int i = 0; i < 300; ++i) {
    Case one = random_case(random);
    if (i % 3 == 0) one.sampling.temperature = 0;
    const std::vector<uint64_t> all((one.logits.size() + 63) / 64, ~uint64_t{0});
    Sampler masked(one.sampling, {});
    Sampler free(one.sampling, {});
    ASSERT_EQ(masked.draw(one.logits, room, all), free.draw(one.logits, room));
  }
}

TEST(SamplerProperty, NoSettingDrawsAForbiddenToken) {
  std::mt19937 random(10);
  SamplingRoom room;
  for (int i = 0; i < 300; ++i) {
    Case one = random_case(random);
    one.sampling.repetition_penalty = 1.3;
    one.sampling.presence_penalty = 1;
    for (uint32_t token = 0; token < one.logits.size(); token += 2)
      one.sampling.logit_bias.emplace_back(token, 100.0F);
    const size_t only = one.logits.size() / 2;
    std::vector<uint64_t> mask((one.logits.size() + 63) / 64, 0);
    mask[only / 64] |= uint64_t{1} << (only % 64);
    Sampler sampler(one.sampling, {});
    for (int n = 0; n < 3; ++n)
      ASSERT_EQ(sampler.draw(one.logits, room, mask), static_cast<int32_t>(only));
  }
}

TEST(SamplerProperty, AMaskThatAllowsNothingIsNoCrash) {
  std::mt19937 random(11);
  SamplingRoom room;
  for (int i = 0; i < 50; ++i) {
    const Case one = random_case(random);
    const std::vector<uint64_t> none((one.logits.size() + 63) / 64, 0);
    Sampler sampler(one.sampling, {});
    EXPECT_EQ(sampler.draw(one.logits, room, none), 0);
  }
}

}  // namespace
}  // namespace suan::engine
