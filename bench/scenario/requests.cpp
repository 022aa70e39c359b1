#include "bench/scenario/requests.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bench/scenario/arrivals.h"
#include "bench/scenario/rate_curve.h"
#include "catalog/types/random.h"

namespace suan::bench {

namespace {

constexpr double kRequestsMax = 5'000'000;

/// Draws an index by weights.
class Weighted {
 public:
  void add(double weight) { sums_.push_back((sums_.empty() ? 0 : sums_.back()) + weight); }

  [[nodiscard]] uint32_t draw(Random& random) const {
    const double at = random.uniform() * sums_.back();
    const auto found = std::ranges::upper_bound(sums_, at);
    return static_cast<uint32_t>(
        std::min<size_t>(static_cast<size_t>(found - sums_.begin()), sums_.size() - 1));
  }

 private:
  std::vector<double> sums_;
};

/// Requests per second that the busiest model's nodes could serve, of all models together.
double capacity_per_s(const Scenario& scenario, const MeanLengths& mean) {
  double shares = 0;
  for (const ScenarioModel& model : scenario.models)
    shares += model.share;
  double least = std::numeric_limits<double>::infinity();
  for (uint32_t i = 0; i < scenario.models.size(); ++i) {
    double of_model = 0;
    for (const ScenarioNode& node : scenario.nodes) {
      if (node.model == i) of_model += requests_per_s(node.rates, mean.prompt, mean.output);
    }
    least = std::min(least, of_model * shares / scenario.models[i].share);
  }
  return least;
}

/// Who asks, and for what: as many accounts as there are, the first the busiest (Zipf).
struct Askers {
  explicit Askers(const Scenario& scenario) {
    for (uint32_t i = 0; i < scenario.load.accounts; ++i)
      accounts.add(1.0 / (i + 1));
    for (const ScenarioModel& model : scenario.models)
      models.add(model.share);
    for (const ScenarioClients& each : scenario.clients)
      clients.add(each.weight);
  }

  Weighted accounts;
  Weighted models;
  Weighted clients;
};

}  // namespace

Result<RequestPlan> make_requests(const Scenario& scenario, uint64_t seed) {
  const LoadSpec& load = scenario.load;
  const double duration_s = to_seconds(scenario.duration);
  RateCurve curve(scenario.events, duration_s);
  const ArrivalBasis basis = arrival_basis(scenario);
  const double capacity = capacity_per_s(scenario, basis.lengths);
  RequestPlan plan;
  plan.speed = load.utilisation ? *load.utilisation * capacity / basis.rate_per_s : 1;
  plan.rate_per_s = basis.rate_per_s * plan.speed;
  plan.utilisation = plan.rate_per_s / capacity;
  if (plan.rate_per_s * curve.even_s() > kRequestsMax) {
    return fail(ErrorCode::BadRequest,
                "the scenario asks for {:.3g} requests, {} are the most that one run takes",
                plan.rate_per_s * curve.even_s(), kRequestsMax);
  }
  const std::vector<Arrival> arrivals =
      draw_arrivals(scenario, plan.speed, curve.even_s(), splitmix64(seed));
  if (arrivals.size() >= kArrivalsMax) {
    return fail(ErrorCode::BadRequest, "the scenario draws {} requests or more", kArrivalsMax);
  }
  const Askers askers(scenario);
  Random random(splitmix64(seed ^ 0xA5C));
  for (const Arrival& arrival : arrivals) {
    ScenarioRequest request{.prompt_tokens = arrival.prompt_tokens,
                            .output_tokens = arrival.output_tokens,
                            .account = askers.accounts.draw(random),
                            .model = askers.models.draw(random),
                            .clients = askers.clients.draw(random),
                            .first_block = arrival.first_block,
                            .blocks = arrival.blocks,
                            .lap = arrival.lap};
    if (load.arrivals == ArrivalKind::DayCurve) {
      // A client of the curve stays where it is.
      request.clients =
          static_cast<uint32_t>(splitmix64(arrival.lap) % scenario.clients.size());
      request.lap = 0;
    }
    request.at = Duration(static_cast<int64_t>(curve.at(arrival.even_s) * 1e6));
    if (request.at < scenario.duration) plan.requests.push_back(request);
  }
  if (plan.requests.empty()) {
    return fail(ErrorCode::BadRequest, "within {} s not one request arrives", duration_s);
  }
  return plan;
}

}  // namespace suan::bench
