#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace suan::engine {

/// Passes over all logits of a large vocabulary, written so that compilers use vectors. Sums do
/// not depend on the machine's vector width.

[[nodiscard]] float highest_of(std::span<const float> logits);

/// exp((logit - highest) * scale) for each, in single precision (error below 3e-7 of it); returns
/// their sum. What is below e^-87 is 0.
/// Requires: no logit above `highest`; scale > 0; weights.size() == logits.size().
double exponentials(std::span<const float> logits,
                    float highest,
                    float scale,
                    std::span<float> weights);

/// A number that at least `count` logits reach and few more do: the count-th largest of the
/// maxima of small groups. Lowest when that would say nothing.
/// `room` is working space.
[[nodiscard]] float reached_by(std::span<const float> logits,
                               size_t count,
                               std::vector<float>& room);

}  // namespace suan::engine
