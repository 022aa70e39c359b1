#include "bench/scenario/arrivals.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bench/workload.h"
#include "catalog/types/random.h"

namespace suan::bench {

namespace {

constexpr double kDaySeconds = 86'400;

double mean_of(const LengthSpec& spec) {
  const LengthTable table = length_table(spec);
  return std::accumulate(table.begin(), table.end(), 0.0) / static_cast<double>(table.size());
}

/// How long a trace takes until it begins again: an average gap follows its last request.
double lap_s(const Trace& trace) {
  if (trace.rows.size() < 2) return 1;
  const auto rows = static_cast<double>(trace.rows.size());
  return std::max(trace.span_s(), 1e-3) * rows / (rows - 1);
}

ArrivalBasis basis_of(const Trace& trace) {
  double prompt = 0;
  double output = 0;
  for (const TraceRow& row : trace.rows) {
    prompt += row.prompt_tokens;
    output += row.output_tokens;
  }
  const auto rows = static_cast<double>(trace.rows.size());
  return {rows / lap_s(trace), {prompt / rows, output / rows}};
}

ArrivalBasis basis_of(const DayCurve& curve) {
  double rates = 0;
  MeanLengths sum;
  for (const DayCurve::Client& client : curve.clients) {
    for (size_t i = 0; i < DayCurve::kWindows; ++i) {
      const double rate = client.windows[i].rate_per_s;
      const size_t lengths = i * DayCurve::kWindowSeconds / DayCurve::kLengthWindowSeconds;
      rates += rate;
      sum.prompt += rate * client.input[lengths].mean;
      sum.output += rate * client.output[lengths].mean;
    }
  }
  return {curve.mean_rate_per_s(), {sum.prompt / rates, sum.output / rates}};
}

std::vector<Arrival> poisson(const LoadSpec& load, double rate, double even_s, uint64_t seed) {
  const LengthTable prompts = length_table(load.prompt_tokens);
  const LengthTable outputs = length_table(load.output_tokens);
  Random times(splitmix64(seed ^ 1));
  Random lengths(splitmix64(seed ^ 2));
  std::vector<Arrival> arrivals;
  for (double at = times.exponential() / rate; at < even_s && arrivals.size() < kArrivalsMax;
       at += times.exponential() / rate) {
    arrivals.push_back({.even_s = at,
                        .prompt_tokens = prompts[lengths.below(prompts.size())],
                        .output_tokens = outputs[lengths.below(outputs.size())]});
  }
  return arrivals;
}

std::vector<Arrival> replay(const Trace& trace, double speed, double even_s) {
  const double lap = lap_s(trace);
  std::vector<Arrival> arrivals;
  for (uint32_t laps = 0; arrivals.size() < kArrivalsMax; ++laps) {
    for (const TraceRow& row : trace.rows) {
      const double at = (laps * lap + row.at_s) / speed;
      if (at >= even_s) return arrivals;
      arrivals.push_back(
          {at, row.prompt_tokens, row.output_tokens, row.first_block, row.blocks, laps});
    }
  }
  return arrivals;
}

/// One client's requests, appended.
void add_client(const DayCurve::Client& client,
                uint32_t number,
                double start_s,
                double speed,
                double even_s,
                Random random,
                std::vector<Arrival>& arrivals) {
  for (double at = 0; at < even_s && arrivals.size() < kArrivalsMax;) {
    const double of_day = std::fmod(start_s + at, kDaySeconds);
    const auto index = std::min<size_t>(static_cast<size_t>(of_day / DayCurve::kWindowSeconds),
                                        DayCurve::kWindows - 1);
    const double window_end =
        at + (static_cast<double>((index + 1) * DayCurve::kWindowSeconds) - of_day);
    const CurveWindow& window = client.windows[index];
    const bool is_silent = window.between == Between::Silent;
    const double next = is_silent ? window_end : at + draw_gap_s(window, random) / speed;
    if (next >= window_end) {
      // The next step must begin in the next window, whatever rounding says.
      at = window_end + 1e-6;
      continue;
    }
    at = next;
    if (at >= even_s) return;
    const size_t lengths = index * DayCurve::kWindowSeconds / DayCurve::kLengthWindowSeconds;
    arrivals.push_back({.even_s = at,
                        .prompt_tokens = client.input[lengths].at(random.uniform()),
                        .output_tokens = client.output[lengths].at(random.uniform()),
                        .lap = number});
  }
}

std::vector<Arrival> day(const Scenario& scenario, double speed, double even_s, uint64_t seed) {
  std::vector<Arrival> arrivals;
  for (uint32_t i = 0; i < scenario.day_curve.clients.size(); ++i) {
    add_client(scenario.day_curve.clients[i], i, scenario.load.day_start_h * 3600, speed,
               even_s, Random(splitmix64(seed ^ splitmix64(i + 3))), arrivals);
  }
  std::ranges::stable_sort(arrivals, {}, &Arrival::even_s);
  return arrivals;
}

}  // namespace

ArrivalBasis arrival_basis(const Scenario& scenario) {
  const LoadSpec& load = scenario.load;
  switch (load.arrivals) {
    case ArrivalKind::Trace:
      return basis_of(scenario.trace);
    case ArrivalKind::DayCurve:
      return basis_of(scenario.day_curve);
    case ArrivalKind::Poisson:
      break;
  }
  return {load.utilisation ? 1 : load.rate_per_s,
          {mean_of(load.prompt_tokens), mean_of(load.output_tokens)}};
}

std::vector<Arrival> draw_arrivals(const Scenario& scenario,
                                   double speed,
                                   double even_s,
                                   uint64_t seed) {
  switch (scenario.load.arrivals) {
    case ArrivalKind::Trace:
      return replay(scenario.trace, speed, even_s);
    case ArrivalKind::DayCurve:
      return day(scenario, speed, even_s, seed);
    case ArrivalKind::Poisson:
      break;
  }
  const double rate = arrival_basis(scenario).rate_per_s * speed;
  return poisson(scenario.load, rate, even_s, seed);
}

}  // namespace suan::bench
