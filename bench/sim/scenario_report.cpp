#include "bench/sim/scenario_report.h"

#include "bench/stats/quantile.h"

namespace suan::bench {

namespace {

/// Times of one request as its client knows them, in milliseconds.
struct Timed {
  double ttft_ms = 0;
  double tpot_ms = 0;
};

Timed time_of(const SeenRequest& seen, Duration one_way) {
  Timed timed;
  timed.ttft_ms = to_ms(seen.ttft + 2 * one_way);
  if (seen.tokens > 1) {
    const Duration rest = seen.last_token_at - (seen.asked + seen.ttft);
    timed.tpot_ms = to_ms(rest) / (seen.tokens - 1);
  }
  return timed;
}

void add_quantiles(std::vector<double>& values,
                   std::optional<double>& p50,
                   std::optional<double>& p99) {
  if (values.empty()) return;
  const std::vector<double> ascending = sorted(values);
  p50 = quantile_type7(ascending, 0.5);
  p99 = quantile_type7(ascending, 0.99);
}

/// What one account asked for and got, in output tokens.
struct Served {
  double asked = 0;
  double got = 0;
};

}  // namespace

void add_outcomes(const Scenario& scenario,
                  const std::vector<ScenarioRequest>& requests,
                  const std::vector<std::shared_ptr<SeenRequest>>& seen,
                  ScenarioReport& report) {
  std::vector<double> ttfts;
  std::vector<double> tpots;
  std::vector<Served> accounts(scenario.load.accounts);
  double tokens = 0;
  double prompt_tokens = 0;
  double cached_tokens = 0;
  report.requests = seen.size();
  for (size_t i = 0; i < seen.size(); ++i) {
    const SeenRequest& one = *seen[i];
    Served& account = accounts[requests[i].account];
    account.asked += requests[i].output_tokens;
    account.got += one.tokens;
    tokens += one.tokens;
    if (one.tokens > 0) report.tokens_by_site[one.site.value()] += one.tokens;
    if (one.ends == 0 && !one.error) continue;  // the invariants tell of it
    if (one.error) {
      ++report.refusals[std::string(to_string(*one.error))];
      continue;
    }
    ++report.succeeded;
    prompt_tokens += one.usage.prompt_tokens;
    cached_tokens += one.usage.cached_tokens;
    const Timed timed = time_of(one, scenario.clients[requests[i].clients].one_way);
    ttfts.push_back(timed.ttft_ms);
    if (one.tokens > 1) tpots.push_back(timed.tpot_ms);
    const bool is_within =
        timed.ttft_ms <= scenario.slo.ttft_ms && timed.tpot_ms <= scenario.slo.tpot_ms;
    if (is_within) ++report.within_slo;
  }
  const double duration_s = to_seconds(scenario.duration);
  report.goodput_per_s = static_cast<double>(report.within_slo) / duration_s;
  report.output_tokens_per_s = tokens / duration_s;
  if (!seen.empty()) {
    report.slo_share =
        static_cast<double>(report.within_slo) / static_cast<double>(seen.size());
  }
  if (prompt_tokens > 0) report.cached_share = cached_tokens / prompt_tokens;
  add_quantiles(ttfts, report.ttft_ms_p50, report.ttft_ms_p99);
  add_quantiles(tpots, report.tpot_ms_p50, report.tpot_ms_p99);
  std::vector<double> shares;
  for (const Served& account : accounts) {
    if (account.asked > 0) shares.push_back(account.got / account.asked);
  }
  report.fairness = jain_index(shares);
}

double jain_index(const std::vector<double>& shares) {
  double sum = 0;
  double squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  return squares > 0 ? sum * sum / (static_cast<double>(shares.size()) * squares) : 0;
}

}  // namespace suan::bench
