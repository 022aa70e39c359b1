#include "web_api/http/metrics.h"

#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace suan::web_api {

namespace {

prometheus::MetricFamily family_of(const Sample& sample) {
  prometheus::ClientMetric metric;
  if (sample.is_counter) {
    metric.counter.value = sample.value;
  } else {
    metric.gauge.value = sample.value;
  }
  prometheus::MetricFamily family;
  family.name = sample.name;
  family.help = sample.help;
  family.type =
      sample.is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  family.metric.push_back(std::move(metric));
  return family;
}

// From a cached refusal to a long generation.
const prometheus::Histogram::BucketBoundaries kSeconds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5,
                                                          1,     5,     10,   30,   60,  300};

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("suan_http_requests_total")
          .Help("Requests answered, by route and status")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("suan_http_request_duration_seconds")
          .Help("From the whole head to the end of the answer, by route")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& refusals =
      prometheus::BuildCounter()
          .Name("suan_http_refused_total")
          .Help("Connections and requests turned away before any route, by reason")
          .Register(registry);
  prometheus::Gauge& connections = prometheus::BuildGauge()
                                       .Name("suan_http_connections")
                                       .Help("Open connections")
                                       .Register(registry)
                                       .Add({});
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}

Metrics::~Metrics() = default;

void Metrics::request_ended(std::string_view route, int status, Duration took) {
  const std::string name(route);
  state_->requests.Add({{"route", name}, {"status", std::to_string(status)}}).Increment();
  state_->durations.Add({{"route", name}}, kSeconds).Observe(to_seconds(took));
}

void Metrics::refused(std::string_view reason) {
  state_->refusals.Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::connection_opened() {
  state_->connections.Increment();
}

void Metrics::connection_closed() {
  state_->connections.Decrement();
}

std::string Metrics::text(const std::vector<Sample>& more) const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  for (const Sample& sample : more)
    families.push_back(family_of(sample));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace suan::web_api
