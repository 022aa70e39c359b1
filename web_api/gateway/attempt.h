#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/types/account.h"
#include "catalog/types/request.h"
#include "catalog/types/time.h"
#include "catalog/wire/loop.h"
#include "web_api/accounts/pricing.h"
#include "web_api/gateway/token_stream.h"

namespace suan::web_api {

/// Where a request stands in the gateway.
enum class Phase : uint8_t {
  Placing,   // the scheduler has it
  Running,   // an agent has it
  Settling,  // over; the usage row is on its way to the disk
};

/// A request in flight, with its present attempt.
struct ActiveRequest {
  RequestFacts facts;
  RequestBody body;
  std::shared_ptr<TokenStream> stream;
  Time submitted{};
  Time deadline{};
  TimerId deadline_timer;

  Phase phase = Phase::Placing;
  StreamId stream_id;
  PlacedAt where;
  uint64_t node_epoch = 0;
  Prices prices;
  uint64_t body_sent = 0;    // bytes of the body
  uint64_t body_credit = 0;  // bytes that the agent allows in all
  uint32_t next_index = 0;   // of the Tokens messages
  Usage seen;                // counted by us, from Accepted and Tokens
  std::optional<Time> first_token;
  Time last_token{};
  // A Failed that overtook its Placed: from whom, and why.
  std::optional<std::pair<NodeId, Error>> early_failure;
};

/// Retries may be at most a tenth of the traffic, so that trouble does not feed itself.
class RetryBudget {
 public:
  void on_request() { tenths_ = tenths_ < kTenthsMax ? tenths_ + 1 : kTenthsMax; }

  /// False: spent.
  [[nodiscard]] bool take() {
    if (tenths_ < 10) return false;
    tenths_ -= 10;
    return true;
  }

 private:
  static constexpr uint32_t kTenthsMax = 200;
  uint32_t tenths_ = kTenthsMax;  // a quiet network may lose a whole node's requests at once
};

/// Whether an attempt that failed with `error` may be repeated elsewhere: nothing was delivered,
/// the request is not at fault, and there is time left.
[[nodiscard]] bool may_retry(const ActiveRequest& request,
                             const Error& error,
                             bool is_final,
                             uint32_t attempts_max,
                             Time now);

/// Turns `request` to its next attempt, without the replica that failed.
void begin_next_attempt(ActiveRequest& request, StreamId stream_id, Time now);

/// The row for a request that ended as `status` (done, error, cancelled). A failed answer is kept
/// but costs nothing.
[[nodiscard]] UsageRow usage_row_of(const ActiveRequest& request,
                                    const Usage& usage,
                                    std::string status,
                                    WallTime at);

}  // namespace suan::web_api
