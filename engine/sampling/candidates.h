#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace suan::engine {

/// A token that may still be drawn.
struct Candidate {
  int32_t token = 0;
  float logit = 0;
  float weight = 0;    // probability, up to a factor
  float surprise = 0;  // keep_typical: how far from the expected one
};

[[nodiscard]] inline bool is_likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

/// Filters: each removes candidates and leaves the others in their order. Of equal ones the lower
/// token stays. Those that look for a border work on a copy in `room`, in linear time.
using Candidates = std::vector<Candidate>;

void keep_likeliest(Candidates& candidates, size_t count, Candidates& room);

/// The fewest of the likeliest whose weights reach `share` of `total`. At least one stays.
void keep_share(Candidates& candidates, double share, double total, Candidates& room);

/// The fewest whose surprise is nearest to the expected one, and whose weights reach `share` of
/// all. At least one stays.
/// `temperature` is the one by which the weights were made, `highest` the logit of weight 1.
/// Source:   Meister et al., Locally Typical Sampling (arXiv 2202.00666), section 4
void keep_typical(
    Candidates& candidates, double share, double temperature, double highest, Candidates& room);

/// One of them, at `point` in [0, 1) of their weights. Requires: one has a weight.
[[nodiscard]] int32_t candidate_at(const Candidates& candidates, double point);

}  // namespace suan::engine
