#include "engine/sampling/sampler.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace suan::engine {
namespace {

// Splitmix64 (Steele, Lea, Flood, 2014): engine stands alone, so it has its own five lines.
uint64_t mixed(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

int32_t index_of_largest(std::span<const float> logits) {
  return static_cast<int32_t>(std::ranges::max_element(logits) - logits.begin());
}

bool is_likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

/// Keeps the shortest run from the front whose weights reach `share` of all. At least one stays.
void keep_share(std::vector<Candidate>& sorted, double share) {
  double total = 0;
  for (const Candidate& candidate : sorted)
    total += candidate.weight;
  double sum = 0;
  size_t kept = 0;
  while (kept < sorted.size() && (kept == 0 || sum < share * total))
    sum += sorted[kept++].weight;
  sorted.resize(kept);
}

bool is_in(double value, double low, double high) {
  return value >= low && value <= high;
}

}  // namespace

Sampler::Sampler(const Sampling& sampling, std::span<const int32_t> prompt)
    : sampling_(sampling), penalties_(sampling, prompt) {}

int32_t Sampler::draw(std::span<const float> logits, std::vector<Candidate>& room) {
  if (penalties_.is_active()) {
    moved_.assign(logits.begin(), logits.end());
    penalties_.apply(moved_);
    logits = moved_;
  }

  int32_t token = 0;
  if (sampling_.temperature == 0) {
    token = index_of_largest(logits);
  } else {
    room.clear();
    for (size_t i = 0; i < logits.size(); ++i) {
      room.push_back({static_cast<int32_t>(i), logits[i], 0});
    }
    token = draw_among(room);
  }
  penalties_.add(token);
  ++drawn_;
  return token;
}

/// Temperature, then top-k, then top-p of what is left, then min-p.
int32_t Sampler::draw_among(std::vector<Candidate>& candidates) const {
  const bool has_top_k = sampling_.top_k > 0 && sampling_.top_k < candidates.size();
  if (has_top_k) {
    const auto middle = candidates.begin() + static_cast<ptrdiff_t>(sampling_.top_k);
    std::partial_sort(candidates.begin(), middle, candidates.end(), is_likelier);
    candidates.resize(sampling_.top_k);
  } else if (sampling_.top_p < 1) {
    std::ranges::sort(candidates, is_likelier);
  }

  const auto best = std::ranges::min_element(candidates, is_likelier);
  const double highest = best->logit;
  for (Candidate& candidate : candidates) {
    candidate.weight = std::exp((candidate.logit - highest) / sampling_.temperature);
  }
  if (sampling_.top_p < 1) keep_share(candidates, sampling_.top_p);
  if (sampling_.min_p > 0) {
    // The best one weighs 1.
    std::erase_if(candidates,
                  [&](const Candidate& one) { return one.weight < sampling_.min_p; });
  }

  double total = 0;
  for (const Candidate& candidate : candidates)
    total += candidate.weight;
  double left = uniform_of(sampling_.seed, drawn_) * total;
  for (const Candidate& candidate : candidates) {
    left -= candidate.weight;
    if (left < 0) return candidate.token;
  }
  // Rounding can leave a crumb; never give it to a candidate of weight 0.
  return std::ranges::min_element(candidates, is_likelier)->token;
}

bool is_valid(const Sampling& sampling, uint32_t vocabulary) {
  const bool has_ranges = is_in(sampling.temperature, 0, 100) && is_in(sampling.top_p, 0, 1) &&
                          is_in(sampling.min_p, 0, 1) &&
                          is_in(sampling.frequency_penalty, -100, 100) &&
                          is_in(sampling.presence_penalty, -100, 100) &&
                          is_in(sampling.repetition_penalty, 0.01, 100);
  const bool has_tokens = std::ranges::all_of(sampling.logit_bias, [&](const auto& entry) {
    return entry.first < vocabulary && std::isfinite(entry.second);
  });
  return has_ranges && has_tokens && sampling.top_logprobs <= vocabulary;
}

double uniform_of(uint64_t seed, uint64_t n) {
  const uint64_t bits = mixed(mixed(seed) ^ (n * 0xD1342543DE82EF95U));
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

}  // namespace suan::engine
