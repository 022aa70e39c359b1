#pragma once

#include <cstdint>
#include <string>

#include "catalog/types/request.h"
#include "scheduler/placement/cluster_view_builder.h"
#include "scheduler/placement/load_table.h"

namespace suan::scheduler {

inline const ModelId kModel{"stories-moe"};
inline constexpr Time kNow{Duration(1'000'000'000)};

inline SiteId site_id(uint32_t number) {
  return SiteId("site-" + std::to_string(number));
}

inline NodeId node_id(uint64_t number) {
  return NodeId("node-" + std::to_string(number));
}

/// How fast one replica of a SmallNetwork is; certain, so that bounds equal means.
struct Rates {
  double decode_tokens_per_s = 100;
  double prefill_tokens_per_s = 10'000;
};

/// A builder of views for tests: replica n runs on node n, each with 16 slots and 64 Ki tokens.
class SmallNetwork {
 public:
  explicit SmallNetwork(uint32_t sites, const std::string& region = "east") {
    for (uint32_t i = 1; i <= sites; ++i) {
      builder_.add(Site{.site = site_id(i), .region = region});
    }
    builder_.add(ModelFacts{.model = kModel,
                            .bytes_per_token_milli = 4000,
                            .output_tokens_p50 = 300,
                            .output_tokens_p90 = 300});
  }

  struct Node {
    Duration round_trip = 10ms;
    NodeState state = NodeState::Ready;
    int64_t shadow_price = 0;
    Rates rates;
    Capabilities can;
    uint32_t context_tokens = 8192;
    std::string run_id;
  };

  SmallNetwork& replica(uint64_t number, uint32_t site, const Node& node) {
    builder_.add(NodeFacts{.node = node_id(number),
                           .site = site_id(site),
                           .state = node.state,
                           .round_trip = node.round_trip,
                           .shadow_price_n_per_device_s = node.shadow_price});
    Estimate estimate{.estimate_id = 100 + number,
                      .decode_tokens_per_s = node.rates.decode_tokens_per_s,
                      .decode_tokens_per_s_low = node.rates.decode_tokens_per_s,
                      .prefill_tokens_per_s = node.rates.prefill_tokens_per_s,
                      .prefill_tokens_per_s_low = node.rates.prefill_tokens_per_s};
    if (!node.run_id.empty()) {
      estimate.run_ids = {node.run_id};
    }
    const ReplicaCapacity capacity{
        .slots = 16, .kv_tokens_total = 65'536, .context_tokens = node.context_tokens};
    builder_.add(ReplicaFacts{.replica = ReplicaId(number),
                              .node = node_id(number),
                              .model = kModel,
                              .state = ReplicaState::Ready,
                              .can = node.can,
                              .capacity = capacity,
                              .estimate = estimate});
    load.set_capacity(ReplicaId(number), capacity.slots, capacity.kv_tokens_total);
    return *this;
  }

  SmallNetwork& replica(uint64_t number, uint32_t site) {
    return replica(number, site, Node{});
  }

  SmallNetwork& price(uint32_t site, int64_t input, int64_t cached, int64_t output) {
    builder_.add(Offer{.site = site_id(site),
                       .model = kModel,
                       .input_n_per_token = input,
                       .cached_n_per_token = cached,
                       .output_n_per_token = output});
    return *this;
  }

  ClusterViewBuilder& builder() { return builder_; }

  ClusterView view() { return builder_.build(); }

  LoadTable load{4096};

 private:
  ClusterViewBuilder builder_{7};
};

/// A request of 3,000 prompt tokens for at most 300 more.
inline RequestFacts long_request() {
  RequestFacts request;
  request.model = kModel;
  request.prompt_bytes = 12'000;
  request.tokens_max = 300;
  return request;
}

inline ReplicaLoad busy(uint32_t running, uint32_t prefill_tokens_queued = 0) {
  return {.running = running, .prefill_tokens_queued = prefill_tokens_queued};
}

}  // namespace suan::scheduler
