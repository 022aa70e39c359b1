#pragma once

#include <functional>
#include <string>

#include "catalog/store/database.h"

namespace suan {

/// Where store jobs go, so that no loop ever waits for a disk: jobs run in order, elsewhere.
///
/// Implementations: `StoreThread` (live), `SimStore` in bench (virtual time, with faults).
class Store {
 public:
  /// Runs against the database; may run again after a transient error, so repeatable.
  using Job = std::function<void(Database&)>;
  /// What happens afterwards, on the asker's loop. `error` is empty when the job committed.
  using Then = std::function<void(const std::string& error)>;
  /// How `Then` gets back to the asker: a loop's `post`.
  using Post = std::function<void(std::function<void()>)>;

  virtual ~Store() = default;

  /// Queues `job` as one transaction. False when the queue is full: nothing was queued.
  /// Threads:  any.
  virtual bool ask(Job job, Post answer_to, Then then) = 0;
};

}  // namespace suan
