#pragma once

#include <string>

namespace suan::cli {

/// A decision (`GET /api/v1/decisions/{id}`) for people: the choice, why, a table of candidates
/// with their terms or the rule that refused them, and the benchmark results relied on.
/// Throws Failure when the text is no decision.
[[nodiscard]] std::string explain_text(const std::string& decision_json);

}  // namespace suan::cli
