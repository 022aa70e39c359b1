#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/types/id.h"
#include "catalog/types/request.h"
#include "catalog/types/result.h"
#include "scheduler/placement/explain.h"
#include "scheduler/server/events.h"
#include "scheduler/server/outbox.h"

namespace suan::scheduler {

enum class Verdict : uint8_t { Placed, Waiting, Refused };

/// How an attempt ended, as the gateway saw it.
struct SeenOutcome {
  std::string status;
  Usage usage;
  Duration ttft{};
  Duration tpot{};
};

/// One decision with its reasons; immutable but for the outcome.
struct Decision {
  RequestId request;
  uint32_t attempt = 1;
  AccountId account;
  WallTime at{};
  Verdict verdict = Verdict::Refused;
  Duration waited{};  // in the central queue
  Explanation explanation;
  std::optional<Error> error;  // of a refusal
  std::optional<SeenOutcome> outcome;
};

/// Keeps the newest decisions in memory and all of them in the store, in batches, written
/// behind. What the store refuses is lost and counted; memory stays bounded.
///
/// Threads:  the scheduler loop; the JSON of a batch is made by the store's thread.
class DecisionLog {
 public:
  DecisionLog(uint32_t kept, Outbox& outbox) : kept_(kept), outbox_(outbox) {}

  /// A later decision of the same request and attempt (waiting, then placed) replaces the first.
  void add(Decision decision);
  void set_outcome(const RequestId& request, uint32_t attempt, const SeenOutcome& outcome);

  /// All attempts of a request that are still in memory, oldest first.
  [[nodiscard]] std::vector<std::shared_ptr<const Decision>> find(
      const RequestId& request) const;

  /// Hands what has gathered to the store.
  void flush();

  [[nodiscard]] size_t unwritten() const { return unwritten_.size(); }

 private:
  uint32_t kept_;
  uint64_t written_ = 0;  // batches
  Outbox& outbox_;
  std::deque<std::shared_ptr<Decision>> ring_;
  std::unordered_map<RequestId, std::vector<std::shared_ptr<Decision>>> by_request_;
  std::vector<std::shared_ptr<const Decision>> unwritten_;
};

}  // namespace suan::scheduler
