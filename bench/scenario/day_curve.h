#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bench/scenario/csv.h"
#include "catalog/types/random.h"
#include "catalog/types/result.h"

namespace suan::bench {

enum class Between : uint8_t { Silent, Gamma, Weibull };

/// How one client's requests follow each other within a window.
struct CurveWindow {
  Between between = Between::Silent;
  double shape = 0;
  double scale_s = 0;
  double rate_per_s = 0;
};

/// Quantiles of a length, as ServeGen's table gives them.
struct LengthQuantiles {
  std::array<double, 7> tokens{};  // at kLengthLevels
  double mean = 0;

  /// Linear between the levels, level from the least below 5% and to the largest above 99%.
  [[nodiscard]] uint32_t at(double p) const;
};

inline constexpr std::array<double, 7> kLengthLevels = {0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};

/// A day of several clients: when each asks, and how much.
struct DayCurve {
  static constexpr uint32_t kWindowSeconds = 600;
  static constexpr uint32_t kWindows = 144;
  static constexpr uint32_t kLengthWindowSeconds = 21'600;
  static constexpr uint32_t kLengthWindows = 4;

  struct Client {
    std::array<CurveWindow, kWindows> windows{};
    std::array<LengthQuantiles, kLengthWindows> input{};
    std::array<LengthQuantiles, kLengthWindows> output{};
  };

  std::vector<Client> clients;

  [[nodiscard]] double mean_rate_per_s() const;
};

/// Reads ServeGen's two tables. A client without lengths of a window takes those of its nearest.
///
/// Errors:   BadRequest  file, line and what must hold; a client without any lengths
[[nodiscard]] Result<DayCurve> read_day_curve(NamedText rates, NamedText lengths);

/// Seconds to the next request of a client in `window`. Requires: it is not silent.
/// Source:   Marsaglia and Tsang, "A simple method for generating gamma variables" (2000)
[[nodiscard]] double draw_gap_s(const CurveWindow& window, Random& random);

}  // namespace suan::bench
