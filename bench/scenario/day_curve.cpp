#include "bench/scenario/day_curve.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr uint32_t kClientsMax = 10'000;
constexpr double kTokensMax = 4'000'000;
constexpr double kGammaShapeMin = 0.005;
constexpr double kWeibullShapeMin = 0.1;

double normal(Random& random) {
  // Marsaglia's polar method.
  for (;;) {
    const double x = 2 * random.uniform() - 1;
    const double y = 2 * random.uniform() - 1;
    const double square = x * x + y * y;
    if (square > 0 && square < 1) return x * std::sqrt(-2 * std::log(square) / square);
  }
}

double gamma(double shape, Random& random) {
  if (shape < 1) {
    const double power = std::pow(1 - random.uniform(), 1 / shape);
    return gamma(shape + 1, random) * power;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(random);
    const double base = 1 + c * x;
    if (base <= 0) continue;
    const double v = base * base * base;
    if (std::log(1 - random.uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

/// The fitted gaps tell how requests bunch, the counted rate how many there are: their means do not
/// agree in every window, and the count is what was seen.
double scale_for(const CurveWindow& window) {
  const double mean =
      window.between == Between::Gamma ? window.shape : std::tgamma(1 + 1 / window.shape);
  return 1 / (mean * window.rate_per_s);
}

Result<void> add_rates(NamedText file, DayCurve& curve) {
  auto table = CsvTable::read(std::move(file),
                              {"client", "window_start_s", "rate_rps", "iat_dist", "param1"});
  if (!table) return forward(table.error());
  for (size_t row = 0; row < table->rows() && !table->error(); ++row) {
    const uint32_t client = table->whole(row, 0, 0, kClientsMax - 1);
    const uint32_t start_s = table->whole(row, 1, 0, 86'399);
    if (curve.clients.size() <= client) curve.clients.resize(client + 1);
    CurveWindow& window = curve.clients[client].windows[start_s / DayCurve::kWindowSeconds];
    const std::string_view kind = table->cell(row, 3);
    if (kind.empty()) continue;
    if (kind != "Gamma" && kind != "Weibull") {
      table->complain(row, fmt::format("iat_dist must be Gamma, Weibull or empty, not {}",
                                       printable(kind, 40)));
    }
    const double rate_per_s = table->number(row, 2, 0, 1e6);
    if (rate_per_s <= 0) continue;
    window.between = kind == "Gamma" ? Between::Gamma : Between::Weibull;
    window.rate_per_s = rate_per_s;
    window.shape = table->number(
        row, 4, window.between == Between::Gamma ? kGammaShapeMin : kWeibullShapeMin, 1e4);
    window.scale_s = scale_for(window);
  }
  if (table->error()) return forward(*table->error());
  return {};
}

Result<void> add_lengths(NamedText file, DayCurve& curve) {
  auto table =
      CsvTable::read(std::move(file), {"client", "window_start_s", "field", "mean", "p05",
                                       "p25", "p50", "p75", "p90", "p95", "p99"});
  if (!table) return forward(table.error());
  for (size_t row = 0; row < table->rows() && !table->error(); ++row) {
    const std::string_view field = table->cell(row, 2);
    if (field != "input_tokens" && field != "output_tokens") continue;
    const uint32_t client = table->whole(row, 0, 0, kClientsMax - 1);
    const uint32_t start_s = table->whole(row, 1, 0, 86'399);
    if (client >= curve.clients.size()) continue;  // it never asks
    const size_t window = start_s / DayCurve::kLengthWindowSeconds;
    LengthQuantiles& lengths = field == "input_tokens" ? curve.clients[client].input[window]
                                                       : curve.clients[client].output[window];
    lengths.mean = table->number(row, 3, 0, kTokensMax);
    for (size_t i = 0; i < lengths.tokens.size(); ++i)
      lengths.tokens[i] = table->number(row, 4 + i, 0, kTokensMax);
    if (!std::ranges::is_sorted(lengths.tokens))
      table->complain(row, "quantiles must not fall");
  }
  if (table->error()) return forward(*table->error());
  return {};
}

/// Gives windows without lengths those of the nearest window; false: there are none at all.
bool fill_gaps(std::array<LengthQuantiles, DayCurve::kLengthWindows>& lengths) {
  const auto known = lengths;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const LengthQuantiles* nearest = nullptr;
    size_t distance = lengths.size();
    for (size_t j = 0; j < known.size(); ++j) {
      const size_t apart = i > j ? i - j : j - i;
      if (known[j].mean > 0 && apart < distance) {
        distance = apart;
        nearest = &known[j];
      }
    }
    if (nearest == nullptr) return false;
    lengths[i] = *nearest;
  }
  return true;
}

}  // namespace

uint32_t LengthQuantiles::at(double p) const {
  const auto above = std::ranges::lower_bound(kLengthLevels, p);
  const auto i = static_cast<size_t>(above - kLengthLevels.begin());
  double value = 0;
  if (i == 0) {
    value = tokens.front();
  } else if (i == kLengthLevels.size()) {
    value = tokens.back();
  } else {
    const double part = (p - kLengthLevels[i - 1]) / (kLengthLevels[i] - kLengthLevels[i - 1]);
    value = tokens[i - 1] + part * (tokens[i] - tokens[i - 1]);
  }
  return static_cast<uint32_t>(std::max(1.0, std::round(value)));
}

double DayCurve::mean_rate_per_s() const {
  double sum = 0;
  for (const Client& client : clients) {
    for (const CurveWindow& window : client.windows)
      sum += window.rate_per_s;
  }
  return sum / kWindows;
}

Result<DayCurve> read_day_curve(NamedText rates, NamedText lengths) {
  const std::string rates_name = rates.name;
  const std::string lengths_name = lengths.name;
  DayCurve curve;
  if (const auto added = add_rates(std::move(rates), curve); !added) {
    return forward(added.error());
  }
  if (const auto added = add_lengths(std::move(lengths), curve); !added) {
    return forward(added.error());
  }
  if (!(curve.mean_rate_per_s() > 0)) {
    return fail(ErrorCode::BadRequest, "{}: nobody ever asks", rates_name);
  }
  for (size_t i = 0; i < curve.clients.size(); ++i) {
    if (!fill_gaps(curve.clients[i].input) || !fill_gaps(curve.clients[i].output)) {
      return fail(ErrorCode::BadRequest, "{}: client {} has no lengths", lengths_name, i);
    }
  }
  return curve;
}

double draw_gap_s(const CurveWindow& window, Random& random) {
  if (window.between == Between::Gamma) return window.scale_s * gamma(window.shape, random);
  return window.scale_s * std::pow(-std::log(1 - random.uniform()), 1 / window.shape);
}

}  // namespace suan::bench
