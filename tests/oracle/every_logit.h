#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/weights/model_file.h"
#include "tests/oracle/independent_pass.h"

namespace suan::engine {

/// What a backend computes of a text: the first `prompt` tokens at once, the others decoded one by
/// one, so that MLA goes through both of its forms.
[[nodiscard]] Logits run_engine(const ModelFile& model,
                                const std::string& backend,
                                const std::vector<int32_t>& tokens,
                                size_t prompt);

/// How two computations of the same text differ.
struct Difference {
  double largest = 0;      // between two logits
  double typical = 0;      // root of the mean square, of the position in the middle
  size_t other_bests = 0;  // positions whose likeliest tokens differ by more than a tie
};

/// A tie: two logits nearer to one another than `tolerance`.
[[nodiscard]] Difference difference(const std::vector<double>& found,
                                    const std::vector<double>& expected,
                                    size_t vocabulary,
                                    double tolerance);

}  // namespace suan::engine
