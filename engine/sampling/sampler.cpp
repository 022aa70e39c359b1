#include "engine/sampling/sampler.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

#include "engine/sampling/weights.h"

namespace suan::engine {
namespace {

// Splitmix64 (Steele, Lea, Flood, 2014): engine stands alone, so it has its own five lines.
uint64_t mixed(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

bool is_in(double value, double low, double high) {
  return value >= low && value <= high;
}

/// The likeliest token; of equal ones the lower.
int32_t likeliest_of(std::span<const float> logits) {
  const float highest = highest_of(logits);
  return static_cast<int32_t>(std::ranges::find(logits, highest) - logits.begin());
}

/// Tokens that the mask does not allow get the logit minus infinity.
void apply_mask(std::span<float> logits, std::span<const uint64_t> mask) {
  assert(mask.size() * 64 >= logits.size());
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  for (size_t word = 0; word * 64 < logits.size(); ++word) {
    const size_t end = std::min(word * 64 + 64, logits.size());
    if (mask[word] == 0) {
      std::fill(logits.begin() + static_cast<ptrdiff_t>(word * 64),
                logits.begin() + static_cast<ptrdiff_t>(end), kNever);
    } else if (~mask[word] != 0) {
      for (size_t token = word * 64; token < end; ++token) {
        if ((mask[word] >> (token % 64) & 1U) == 0) logits[token] = kNever;
      }
    }
  }
}

/// One token of the whole vocabulary, at `point` in [0, 1) of the weights.
int32_t token_at(std::span<const float> weights, double total, double point) {
  double left = point * total;
  size_t last = 0;
  for (size_t token = 0; token < weights.size(); ++token) {
    if (weights[token] == 0) continue;
    left -= static_cast<double>(weights[token]);
    last = token;
    if (left < 0) break;
  }
  return static_cast<int32_t>(last);
}

}  // namespace

Sampler::Sampler(const Sampling& sampling, std::span<const int32_t> prompt)
    : sampling_(sampling), penalties_(sampling, prompt) {}

int32_t Sampler::draw(std::span<const float> logits,
                      SamplingRoom& room,
                      std::span<const uint64_t> mask) {
  logits = moved(logits, room, mask);
  const int32_t token =
      sampling_.temperature == 0 ? likeliest_of(logits) : draw_one(logits, room);
  penalties_.add(token);
  ++drawn_;
  return token;
}

/// The logits with penalties, biases and the mask; the model's own where there are none.
std::span<const float> Sampler::moved(std::span<const float> logits,
                                      SamplingRoom& room,
                                      std::span<const uint64_t> mask) const {
  if (!penalties_.is_active() && mask.empty()) return logits;
  room.logits.assign(logits.begin(), logits.end());
  if (penalties_.is_active()) penalties_.apply(room.logits);
  if (!mask.empty()) apply_mask(room.logits, mask);
  return room.logits;
}

int32_t Sampler::draw_one(std::span<const float> logits, SamplingRoom& room) const {
  const float highest = highest_of(logits);
  // Nothing is allowed: whoever made the mask refuses any token.
  if (highest < std::numeric_limits<float>::lowest()) return 0;
  const double point = uniform_of(sampling_.seed, drawn_);
  const bool has_top_k = sampling_.top_k > 0 && sampling_.top_k < logits.size();
  const double total =
      has_top_k ? gather_likeliest(logits, highest, room) : gather(logits, highest, room);
  if (!has_top_k && !has_share_filters()) return token_at(room.weights, total, point);

  Candidates& candidates = room.candidates;
  if (sampling_.top_p < 1) keep_share(candidates, sampling_.top_p, total, room.copy);
  if (sampling_.min_p > 0) {
    // The best one weighs 1.
    std::erase_if(candidates, [&](const Candidate& one) {
      return static_cast<double>(one.weight) < sampling_.min_p;
    });
  }
  if (sampling_.typical_p < 1) {
    keep_typical(candidates, sampling_.typical_p, sampling_.temperature, highest, room.copy);
  }
  return candidate_at(candidates, point);
}

bool Sampler::has_share_filters() const {
  return sampling_.top_p < 1 || sampling_.min_p > 0 || sampling_.typical_p < 1;
}

/// Weighs the whole vocabulary, and gathers candidates for the filters if there are any, without
/// those that a filter is certain to remove. Returns the weight of all tokens.
double Sampler::gather(std::span<const float> logits, float highest, SamplingRoom& room) const {
  constexpr double kScaleMax = 1e30;  // beyond it, whatever differs differs infinitely
  const auto scale = static_cast<float>(std::min(1 / sampling_.temperature, kScaleMax));
  room.weights.resize(logits.size());
  const double total = exponentials(logits, highest, scale, room.weights);
  if (!has_share_filters()) return total;

  // Tokens below this floor weigh less than what top-p leaves out, all of them together.
  double floor = std::numeric_limits<float>::min();
  if (sampling_.top_p < 1) {
    const double left_out = (1 - sampling_.top_p) * total / static_cast<double>(logits.size());
    floor = std::max(floor, std::min(left_out, 0.5));
  }
  floor = std::max(floor, std::min(sampling_.min_p, 1.0));
  // Rounded down, so that nothing at the border is lost.
  const float least = std::nextafter(static_cast<float>(floor), 0.0F);
  room.candidates.clear();
  for (size_t i = 0; i < logits.size(); ++i) {
    const float weight = room.weights[i];
    if (weight >= least)
      room.candidates.push_back({static_cast<int32_t>(i), logits[i], weight});
  }
  return total;
}

/// The top-k candidates. Returns their weight.
double Sampler::gather_likeliest(std::span<const float> logits,
                                 float highest,
                                 SamplingRoom& room) const {
  // What a mask forbids is minus infinity, and no candidate.
  const float enough = std::max(reached_by(logits, sampling_.top_k, room.maxima),
                                std::numeric_limits<float>::lowest());
  room.candidates.clear();
  for (size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] >= enough) room.candidates.push_back({static_cast<int32_t>(i), logits[i]});
  }
  keep_likeliest(room.candidates, sampling_.top_k, room.copy);
  double total = 0;
  for (Candidate& one : room.candidates) {
    one.weight = static_cast<float>(
        std::exp((one.logit - static_cast<double>(highest)) / sampling_.temperature));
    total += static_cast<double>(one.weight);
  }
  return total;
}

bool is_valid(const Sampling& sampling, uint32_t vocabulary) {
  const bool has_ranges = is_in(sampling.temperature, 0, 100) && is_in(sampling.top_p, 0, 1) &&
                          is_in(sampling.min_p, 0, 1) && is_in(sampling.typical_p, 0, 1) &&
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
