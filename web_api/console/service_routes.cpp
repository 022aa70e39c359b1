#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/types/json.h"
#include "web_api/console/parts.h"
#include "web_api/http/errors.h"

// What operators' tools ask: is it alive, can it serve, and the numbers.

namespace suan::web_api {

namespace {

std::vector<Sample> samples_of(const GatewayCounters& counters) {
  const auto total = [](const char* name, const char* help, uint64_t value) {
    return Sample{name, help, static_cast<double>(value), true};
  };
  return {
      total("suan_gateway_submitted_total", "Requests taken in", counters.submitted),
      total("suan_gateway_succeeded_total", "Requests that succeeded", counters.succeeded),
      total("suan_gateway_failed_total", "Requests that failed", counters.failed),
      total("suan_gateway_cancelled_total", "Requests whose client left", counters.cancelled),
      total("suan_gateway_refused_total", "Requests that were refused", counters.refused),
      total("suan_gateway_retried_total", "Attempts repeated elsewhere", counters.retried),
      total("suan_gateway_tokens_total", "Output tokens delivered", counters.tokens),
      total("suan_gateway_malformed_total", "Messages of peers that broke a rule",
            counters.malformed),
      Sample{"suan_gateway_requests_running", "Requests in flight",
             static_cast<double>(counters.running), false},
  };
}

bool is_metric_name(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

/// The scheduler's counters, an object of name: number.
void add_scheduler_samples(const Result<std::string>& json, std::vector<Sample>& samples) {
  const auto numbers = json ? parse_json(*json) : Result<Json>(forward(json.error()));
  if (!numbers || !numbers->is_object()) return;
  for (const auto& [name, value] : numbers->items()) {
    if (!value.is_number() || !is_metric_name(name)) continue;
    const std::string full = name.starts_with("suan_") ? name : "suan_scheduler_" + name;
    samples.push_back(
        {full, "As the scheduler counts", value.get<double>(), full.ends_with("_total")});
  }
}

void send_metrics(const Metrics& metrics, const std::vector<Sample>& samples, Reply& reply) {
  reply.send({.status = 200,
              .content_type = "text/plain; version=0.0.4; charset=utf-8",
              .headers = {},
              .body = metrics.text(samples)});
}

void scrape(const ConsoleContext& context,
            const Request& request,
            std::shared_ptr<Reply> reply) {
  Gateway& gateway = context.gateway;
  gateway.loop().post([&gateway, &metrics = context.metrics, account = request.identity.account,
                       reply = std::move(reply)] {
    const auto samples = std::make_shared<std::vector<Sample>>(samples_of(gateway.counters()));
    gateway.query("metrics", account, true,
                  [&metrics, samples, reply](const Result<std::string>& json) {
                    add_scheduler_samples(json, *samples);
                    send_metrics(metrics, *samples, *reply);
                  });
  });
}

void tell_ready(const Gateway& gateway, Reply& reply) {
  if (gateway.view()->can_serve) {
    return reply.send({.status = 200, .headers = {}, .body = R"({"status":"ready"})"});
  }
  reply.send(error_answer(Error{ErrorCode::Unavailable, "nothing can be served now"}));
}

}  // namespace

void add_service_routes(Router& router, const ConsoleContext& context) {
  router.add({"GET", "/health", Access::Open, "Whether the server is alive",
              [](const Request&, const std::shared_ptr<Reply>& reply) {
                reply->send({.status = 200, .headers = {}, .body = R"({"status":"ok"})"});
              }});
  router.add(
      {"GET", "/ready", Access::Open, "Whether requests can be served now",
       [&gateway = context.gateway](const Request&, const std::shared_ptr<Reply>& reply) {
         tell_ready(gateway, *reply);
       }});
  router.add({"GET", "/metrics", Access::Metrics, "Numbers for Prometheus",
              [context](const Request& request, std::shared_ptr<Reply> reply) {
                scrape(context, request, std::move(reply));
              }});
}

}  // namespace suan::web_api
