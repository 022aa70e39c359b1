#pragma once

#include <cstdint>
#include <span>

#include "engine/backend/backend.h"

namespace suan::engine::reference {

/// Turns a token's router logits into scores, in place, in float32.
///
/// Source:   DeepSeek-V3 report, equation 15 (sigmoid); DeepSeek-V2 report, equation 22 (softmax)
void score_experts(RouterScore score, std::span<float> logits);

/// Chooses one token's experts and the weight of each (group-limited, no auxiliary loss).
///
/// Shapes:   scores   [experts]  affinities in (0, 1)
///           bias     [experts]  or empty; balances load: used to choose, never to weigh
///           chosen   [top_k]    out: expert numbers, best first; kNoExpert if a score is NaN
///           weights  [top_k]    out: add up to `scale` where the shape normalises
/// Requires: experts % groups == 0; top_k <= groups_kept * (experts / groups).
///           Ties go to the lower number, so every backend chooses alike.
/// Source:   DeepSeek-V3 report (arXiv 2412.19437), section 2.1.2, equations 12 to 16
void choose_experts(const GateShape& shape,
                    std::span<const float> scores,
                    std::span<const float> bias,
                    std::span<int32_t> chosen,
                    std::span<float> weights);

}  // namespace suan::engine::reference
