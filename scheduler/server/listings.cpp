// What `/api/v1` lists from memory.

#include "scheduler/server/listings.h"

#include <fmt/core.h>

#include "catalog/types/text.h"
#include "scheduler/server/handlers.h"
#include "scheduler/server/links_listing.h"
#include "scheduler/server/plan_json.h"

namespace suan::scheduler {

namespace {

constexpr size_t kMeasurementsListed = 1'000;

std::string models_json(const ServerCore& core) {
  return list_json([&](JsonText& json) {
    for (const auto& [id, model] : core.catalog.models) {
      json.begin_object()
          .field("id", id.value())
          .field("architecture", model.about.architecture)
          .field("quantization", model.about.quantization)
          .field("digest", model.about.digest)
          .field("weight_bytes", model.about.weight_bytes)
          .field("context_tokens", model.about.context_tokens)
          .field("vocabulary", model.about.vocabulary)
          .field("has_chat_template", model.about.has_chat_template)
          .field("is_deployed", core.deployer.deployments().contains(id))
          .field("created", model.created)
          .end_object();
    }
  });
}

std::string deployments_json(const ServerCore& core) {
  return list_json([&](JsonText& json) {
    for (const auto& [model, deployment] : core.deployer.deployments()) {
      uint64_t ready = 0;
      uint64_t granted = 0;
      for (const auto& [id, slot] : core.deployer.slots()) {
        if (slot.model != model) continue;
        ++granted;
        if (slot.state == ReplicaState::Ready) ++ready;
      }
      json.begin_object()
          .field("id", deployment.deployment_id)
          .field("model", model.value())
          .key("replicas");
      deployment.replicas_max == 0 ? json.null() : json.value(deployment.replicas_max);
      json.key("sites").begin_array();
      for (const SiteId& site : deployment.sites)
        json.value(site.value());
      json.end_array()
          .field("replicas_granted", granted)
          .field("replicas_ready", ready)
          .field("follow_demand", deployment.follows_demand)
          .field("created", deployment.created)
          .end_object();
    }
  });
}

std::string offers_json(const ServerCore& core) {
  return list_json([&](JsonText& json) {
    for (const auto& [key, offer] : core.catalog.offers) {
      json.begin_object()
          .field("site", offer.site.value())
          .field("model", offer.model.is_set() ? offer.model.value() : std::string("*"))
          .field("input_n_per_token", offer.input_n_per_token)
          .field("cached_n_per_token", offer.cached_n_per_token)
          .field("output_n_per_token", offer.output_n_per_token)
          .end_object();
    }
  });
}

std::string tickets_json(const ServerCore& core) {
  return list_json([&](JsonText& json) {
    for (const auto& [id, ticket] : core.enrolment.tickets()) {
      json.begin_object()
          .field("id", id)
          .field("site", ticket.site.value())
          .field("expires", ticket.expires)
          .field("auto_approve", ticket.is_auto_approved)
          .field("used", ticket.used)
          .end_object();
    }
  });
}

std::string measurements_json(const ServerCore& core) {
  const auto& all = core.catalog.measurements;
  return list_json([&](JsonText& json) {
    const size_t skipped =
        all.size() > kMeasurementsListed ? all.size() - kMeasurementsListed : 0;
    for (size_t i = skipped; i < all.size(); ++i) {
      const Measurement& measurement = all[i];
      json.begin_object()
          .field("run_id", measurement.run_id)
          .field("site", measurement.site.value())
          .field("node", measurement.node.value())
          .field("model", measurement.model.value())
          .field("metric", to_string(measurement.metric))
          .field("value", measurement.value)
          .field("low", measurement.low)
          .field("high", measurement.high)
          .field("log_sd", measurement.log_sd)
          .field("evidence", to_string(measurement.evidence))
          .field("at", measurement.at)
          .end_object();
    }
  });
}

}  // namespace

std::optional<std::string> listing_of(const ServerCore& core,
                                      std::string_view path,
                                      const Moment& moment) {
  const Facts facts = core.facts();
  if (path == "sites") return list_json([&](JsonText& json) { write_sites(facts, json); });
  if (path == "nodes")
    return list_json([&](JsonText& json) { write_nodes(facts, moment, json); });
  if (path == "replicas")
    return list_json([&](JsonText& json) { write_replicas(facts, json); });
  if (path == "models") return models_json(core);
  if (path == "deployments") return deployments_json(core);
  if (path == "offers") return offers_json(core);
  if (path == "tickets") return tickets_json(core);
  if (path == "links") return links_json(core);
  if (path == "measurements") return measurements_json(core);
  if (path == "plan") return plan_json(core.deployer.plan(), core.deployer.is_settled());
  if (path == "metrics") return metrics_json(core);
  return std::nullopt;
}

}  // namespace suan::scheduler
