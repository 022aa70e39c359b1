#include "engine/backend/reference/reference_gate.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>

namespace suan::engine {
namespace reference {
namespace {

constexpr float kExcluded = -std::numeric_limits<float>::infinity();
constexpr size_t kExpertsMax = 1024;  // checked when the model is read

using Choice = std::array<float, kExpertsMax>;

/// DeepSeek-V3 ranks a group by the sum of its best two; V2, with softmax, by its best.
float group_score(RouterScore score, std::span<const float> choice) {
  float best = kExcluded;
  float second = kExcluded;
  for (const float value : choice) {
    if (value > best) {
      second = best;
      best = value;
    } else if (value > second) {
      second = value;
    }
  }
  if (score == RouterScore::Softmax || choice.size() < 2) return best;
  return best + second;
}

/// The number of the largest value; of equal ones the first.
size_t index_of_largest(std::span<const float> values) {
  return static_cast<size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

/// Excludes the experts of all groups but the best ones. Not by zero: a score with its bias may
/// be negative.
void keep_best_groups(const GateShape& shape, std::span<float> choice) {
  if (shape.groups <= 1 || shape.groups_kept >= shape.groups) return;
  const size_t size = shape.experts / shape.groups;

  std::array<float, kExpertsMax> ranks{};
  for (size_t group = 0; group < shape.groups; ++group) {
    ranks[group] = group_score(shape.score, choice.subspan(group * size, size));
  }
  std::array<bool, kExpertsMax> is_kept{};
  for (size_t kept = 0; kept < shape.groups_kept; ++kept) {
    const size_t best = index_of_largest({ranks.data(), shape.groups});
    is_kept[best] = true;
    ranks[best] = kExcluded;
  }
  for (size_t expert = 0; expert < shape.experts; ++expert) {
    if (!is_kept[expert / size]) choice[expert] = kExcluded;
  }
}

/// DeepSeek's code adds this, so that scores that all vanish give no division by zero.
constexpr float kSumGuard = 1e-20F;

void weigh(const GateShape& shape, std::span<float> weights) {
  float factor = shape.scale;
  if (shape.normalises) {
    float sum = kSumGuard;
    for (const float weight : weights)
      sum += weight;
    factor /= sum;
  }
  for (float& weight : weights)
    weight *= factor;
}

}  // namespace

void score_experts(RouterScore score, std::span<float> logits) {
  if (score == RouterScore::Sigmoid) {
    for (float& value : logits)
      value = 1.0F / (1.0F + std::exp(-value));
    return;
  }
  assert(score == RouterScore::Softmax);
  const float highest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (float& value : logits) {
    value = std::exp(value - highest);
    sum += value;
  }
  for (float& value : logits)
    value /= sum;
}

void choose_experts(const GateShape& shape,
                    std::span<const float> scores,
                    std::span<const float> bias,
                    std::span<int32_t> chosen,
                    std::span<float> weights) {
  assert(shape.experts <= kExpertsMax);
  assert(scores.size() == shape.experts);
  assert(shape.experts % shape.groups == 0);
  assert(shape.top_k <= shape.groups_kept * (shape.experts / shape.groups));

  Choice values;
  const std::span<float> choice(values.data(), shape.experts);
  bool is_number = true;
  for (size_t expert = 0; expert < shape.experts; ++expert) {
    choice[expert] = scores[expert] + (bias.empty() ? 0.0F : bias[expert]);
    is_number = is_number && std::isfinite(choice[expert]);
  }
  if (!is_number) {
    std::fill(chosen.begin(), chosen.end(), kNoExpert);
    std::fill(weights.begin(), weights.end(), std::numeric_limits<float>::quiet_NaN());
    return;
  }

  keep_best_groups(shape, choice);
  for (size_t place = 0; place < shape.top_k; ++place) {
    const size_t best = index_of_largest(choice);
    chosen[place] = static_cast<int32_t>(best);
    weights[place] = scores[best];
    choice[best] = kExcluded;
  }
  weigh(shape, weights);
}

}  // namespace reference

}  // namespace suan::engine
