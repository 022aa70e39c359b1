#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bench/workload.h"
#include "catalog/types/id.h"
#include "catalog/types/request.h"

namespace suan::bench {

/// How a request ended, on the generator's clock.
struct RequestEnd {
  int64_t at_ns = 0;
  std::string status;  // ok, error, timeout, shed, cut
  std::string error;   // a sentence, unless ok
  Usage usage;         // as the engine counted; zeros unless ok
};

/// What load is applied to: a live network, or a model of one in a test.
///
/// The player owns the thread: callbacks run inside `wait`, never elsewhere.
class Target {
 public:
  struct Callbacks {
    std::function<void(int64_t at_ns)> on_chunk;        // a piece of text arrived
    std::function<void(const RequestEnd& end)> on_end;  // exactly once
  };

  virtual ~Target() = default;

  /// Nanoseconds since some fixed moment; never runs backwards.
  [[nodiscard]] virtual int64_t now_ns() const = 0;

  /// Sends a request; returns at once.
  virtual void start(const Timeline& timeline,
                     const ScheduledRequest& request,
                     Callbacks callbacks) = 0;

  /// Runs callbacks as they come due; returns after some ran, or at `until_ns`.
  virtual void wait(int64_t until_ns) = 0;
};

/// Makes the target of one execution.
using TargetFactory =
    std::function<std::unique_ptr<Target>(const SiteId& site, const NodeId& node)>;

}  // namespace suan::bench
