#include <cmath>
#include <deque>

#include "tests/engine/backend/cpu/cpu_probe.h"

namespace suan::engine {
namespace {

constexpr size_t kDim = 256;
constexpr size_t kExperts = 9;
constexpr size_t kTopK = 3;

/// Nine experts and the routes of some tokens; the token before the last is lost.
class Experts {
 public:
  Experts(TensorType type, size_t ff) : ff_(ff) {
    for (size_t expert = 0; expert < kExperts; ++expert) {
      stored_.emplace_back(type, ff, kDim, 3 * expert);
      stored_.emplace_back(type, ff, kDim, 3 * expert + 1);
      stored_.emplace_back(type, kDim, ff, 3 * expert + 2);
    }
    type_ = type;
  }

  [[nodiscard]] std::vector<float> run(Backend& backend,
                                       size_t first_token,
                                       size_t tokens) const {
    ExpertWeights weights;
    for (size_t expert = 0; expert < kExperts; ++expert) {
      const auto load = [&](size_t part, size_t rows, size_t columns) {
        return backend.load(type_, rows, columns, stored_[3 * expert + part].bytes.data());
      };
      weights.gate.push_back(load(0, ff_, kDim));
      weights.up.push_back(load(1, ff_, kDim));
      weights.down.push_back(load(2, kDim, ff_));
    }
    Routes routes = backend.allocate_routes(tokens, kTopK);
    std::vector<float> shares;
    for (size_t i = 0; i < tokens * kTopK; ++i) {
      const size_t token = first_token + i / kTopK;
      const bool is_lost = token == kLost;
      const size_t expert = (token * token + 4 * (i % kTopK)) % kExperts;
      routes.chosen.get()[i] = is_lost ? kNoExpert : static_cast<int32_t>(expert);
      shares.push_back(0.2F + 0.1F * static_cast<float>((token + i % kTopK) % 5));
    }
    backend.write(shares, routes.weights.view(tokens, kTopK));
    const std::vector<float> all = random_floats(77, kTokens * kDim);
    const Room x(backend, tokens, kDim,
                 std::span(all).subspan(first_token * kDim, tokens * kDim));
    const Room out(backend, tokens, kDim);
    backend.experts(weights, routes, x.view, out.view);
    return floats_of(backend, out.view);
  }

  static constexpr size_t kTokens = 150;
  static constexpr size_t kLost = 148;

 private:
  TensorType type_{};
  size_t ff_;
  std::deque<StoredMatrix> stored_;
};

class CpuExperts : public testing::TestWithParam<std::string> {};

// Float weights: sums of 256 terms twice. Quantised ones: both activations are rounded to int8,
// independent errors of about 1/440 of a typical value each, so well under 2 % of the largest.
TEST_P(CpuExperts, AreTheReferences) {
  const auto reference = make_backend("reference", 1);
  const auto cpu = make_backend("cpu", 2, GetParam());
  for (const auto& [type, ff, tolerance] : {std::tuple(TensorType::F32, size_t{44}, 1e-5),
                                            {TensorType::BF16, 40, 1e-5},
                                            {TensorType::Q8_0, 96, 0.02},
                                            {TensorType::Q4_K, 256, 0.02}}) {
    const Experts experts(type, ff);
    const std::vector<float> wanted = experts.run(*reference, 0, Experts::kTokens);
    const std::vector<float> found = experts.run(*cpu, 0, Experts::kTokens);

    float largest = 0;
    for (const float value : wanted)
      largest = std::isfinite(value) ? std::max(largest, std::fabs(value)) : largest;
    for (size_t i = 0; i < found.size(); ++i) {
      if (i / kDim == Experts::kLost) {
        ASSERT_TRUE(std::isnan(found[i]));
      } else {
        ASSERT_NEAR(found[i], wanted[i], tolerance * largest) << name_of(type) << " " << i;
      }
    }
  }
}

TEST_P(CpuExperts, ATokenAloneEqualsItselfInABatchBitForBit) {
  const auto one = make_backend("cpu", 1, GetParam());
  const auto three = make_backend("cpu", 3, GetParam());
  for (const TensorType type : {TensorType::F16, TensorType::Q8_0, TensorType::Q6_K}) {
    const Experts experts(type, 256);
    const std::vector<float> batch = experts.run(*three, 0, Experts::kTokens);
    for (const size_t token : {0U, 31U, 147U, 149U}) {
      const std::vector<float> alone = experts.run(*one, token, 1);
      EXPECT_EQ(bits_of(alone), bits_of(std::span(batch).subspan(token * kDim, kDim)))
          << name_of(type) << " token " << token;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllIsas, CpuExperts, all_isas(), name_of_isa);

}  // namespace
}  // namespace suan::engine
