#include "engine/batch/ngram_draft.h"

#include <algorithm>

namespace suan::engine {
namespace {

constexpr size_t kAgreeMin = 2;
constexpr size_t kAgreeMax = 4;
constexpr size_t kLookBack = 16'384;

/// How many tokens before `end` are the same as the last ones of the text.
size_t agreement(std::span<const int32_t> text, size_t end) {
  const size_t most = std::min(kAgreeMax, end);
  size_t count = 0;
  while (count < most && text[end - 1 - count] == text[text.size() - 1 - count])
    ++count;
  return count;
}

}  // namespace

void draft_from_text(std::span<const int32_t> text, size_t count, std::vector<int32_t>& draft) {
  draft.clear();
  size_t best_end = 0;
  size_t best = kAgreeMin - 1;
  const size_t lowest = text.size() > kLookBack ? text.size() - kLookBack : 0;
  for (size_t end = text.size(); end > lowest + 1 && best < kAgreeMax;) {
    --end;
    const size_t agreed = agreement(text, end);
    if (agreed <= best) continue;
    best = agreed;
    best_end = end;
  }
  if (best_end == 0) return;
  // Behind the text's end its own guesses follow: a loop goes on.
  for (size_t at = best_end; draft.size() < count; ++at)
    draft.push_back(at < text.size() ? text[at] : draft[at - text.size()]);
}

}  // namespace suan::engine
