#include "bench/run_summary.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "bench/stats/quantile.h"

namespace suan::bench {

namespace {

constexpr double kDispatchMsMax = 1.0;
constexpr double kDispatchShareMax = 0.1;  // of the median TTFT
constexpr double kRateShareMin = 0.98;
constexpr double kErrorShareMax = 0.01;
constexpr double kStealShareMax = 0.01;

std::vector<double> ttfts_ms(const RunResult& run) {
  std::vector<double> values;
  for (const RequestRecord& request : run.requests) {
    if (const auto ttft = request.ttft_ms()) {
      values.push_back(*ttft);
    }
  }
  return sorted(values);
}

bool is_dispatch_late(const RunResult& run) {
  std::vector<double> delays_ms;
  for (const RequestRecord& request : run.requests) {
    delays_ms.push_back(static_cast<double>(request.dispatch_ns - request.start_ns) / 1e6);
  }
  const std::vector<double> ttfts = ttfts_ms(run);
  const double allowed_ms =
      ttfts.empty() ? kDispatchMsMax
                    : std::max(kDispatchMsMax, kDispatchShareMax * quantile_type7(ttfts, 0.5));
  return quantile_nearest_rank(sorted(delays_ms), 0.99) > allowed_ms;
}

/// Requests really sent per time, against those intended.
bool is_rate_missed(const RunResult& run) {
  const RequestRecord& first = run.requests.front();
  const RequestRecord& last = run.requests.back();
  const auto intended = static_cast<double>(last.start_ns - first.start_ns);
  const auto achieved = static_cast<double>(last.dispatch_ns - first.start_ns);
  return intended > 0 && intended < kRateShareMin * achieved;
}

bool has_impossible_time(const RequestRecord& request) {
  if (!request.is_ok()) {
    return false;
  }
  return request.chunks_ns.empty() || request.chunks_ns.front() < request.dispatch_ns ||
         request.dispatch_ns < request.start_ns || request.usage.completion_tokens < 1 ||
         !std::ranges::is_sorted(request.chunks_ns);
}

bool is_good(const RequestRecord& request, const SloSpec& slo) {
  const auto ttft = request.ttft_ms();
  const auto tpot = request.tpot_ms();
  return ttft && *ttft <= slo.ttft_ms && (!tpot || *tpot <= slo.tpot_ms);
}

}  // namespace

CpuTimes read_cpu_times() {
  std::ifstream file("/proc/stat");
  std::string line;
  std::string label;
  CpuTimes times;
  if (!std::getline(file, line)) {
    return times;
  }
  // cpu user nice system idle iowait irq softirq steal guest guest_nice
  std::istringstream words(line);
  words >> label;
  uint64_t ticks = 0;
  for (int i = 0; i < 8 && words >> ticks; ++i) {
    times.total += ticks;
    times.stolen = ticks;  // the eighth stays
  }
  return times;
}

double steal_share(const CpuTimes& before, const CpuTimes& after) {
  if (after.total <= before.total || after.stolen < before.stolen) {
    return 0;
  }
  return static_cast<double>(after.stolen - before.stolen) /
         static_cast<double>(after.total - before.total);
}

std::vector<std::string> validity_flags(const RunResult& run, double steal) {
  std::vector<std::string> flags;
  if (run.requests.empty()) {
    return {"errors"};
  }
  const auto failed = std::ranges::count_if(
      run.requests, [](const RequestRecord& request) { return !request.is_ok(); });
  if (is_dispatch_late(run)) {
    flags.emplace_back("dispatch_delay");
  }
  if (is_rate_missed(run)) {
    flags.emplace_back("rate_not_met");
  }
  if (run.is_generator_capped) {
    flags.emplace_back("generator_capped");
  }
  if (steal > kStealShareMax) {
    flags.emplace_back("host_noise");
  }
  if (static_cast<double>(failed) > kErrorShareMax * static_cast<double>(run.requests.size())) {
    flags.emplace_back("errors");
  }
  if (std::ranges::any_of(run.requests, has_impossible_time)) {
    flags.emplace_back("impossible_time");
  }
  return flags;
}

RunSummary summarize(const RunResult& run, const SloSpec& slo) {
  RunSummary summary;
  summary.requests = static_cast<uint32_t>(run.requests.size());
  std::vector<double> tpots;
  std::vector<double> rates;
  uint32_t good = 0;
  for (const RequestRecord& request : run.requests) {
    summary.ok += request.is_ok() ? 1 : 0;
    good += is_good(request, slo) ? 1 : 0;
    const auto tpot = request.tpot_ms();
    if (tpot && *tpot > 0) {
      tpots.push_back(*tpot);
      rates.push_back(1e3 / *tpot);
    }
  }
  const std::vector<double> ttfts = ttfts_ms(run);
  if (!ttfts.empty()) {
    summary.ttft_ms_p50 = quantile_type7(ttfts, 0.5);
    summary.ttft_ms_p99 = quantile_nearest_rank(ttfts, 0.99);
  }
  if (!tpots.empty()) {
    summary.tpot_ms_p50 = median(tpots);
    summary.decode_tokens_per_s = harmonic_mean(rates);
  }
  summary.attainment = run.requests.empty() ? 0 : static_cast<double>(good) / summary.requests;
  return summary;
}

}  // namespace suan::bench
