#pragma once

#include <string>
#include <vector>

#include "cli/model_work.h"

namespace suan::cli {

// The JSON shapes of interfaces.md section 6; `inspect` has a header of its own.

[[nodiscard]] std::string generate_json(const LoadedModel& model, const Generated& answer);
[[nodiscard]] std::string logits_json(const std::vector<PositionLogprobs>& positions);
[[nodiscard]] std::string tokens_json(const std::vector<int32_t>& tokens);
/// `documents` is left out when there are none.
[[nodiscard]] std::string perplexity_json(const Loss& total,
                                          const std::vector<Loss>& documents);

}  // namespace suan::cli
