#pragma once

#include <cstdint>
#include <memory>
#include <thread>

#include "catalog/store/database.h"
#include "catalog/store/store.h"

namespace suan {

/// The live `Store`: one database on one thread, which runs the jobs in order.
///
/// Jobs that wait together share a transaction, since a commit costs an fsync. When a shared
/// one fails, its jobs run again one by one, so no job fails for its neighbour.
/// Threads:  `ask` any; construction and destruction one.
class StoreThread final : public Store {
 public:
  static constexpr size_t kQueueMax = 10'000;
  static constexpr size_t kBatchMax = 256;

  /// Requires: `migrate` has run.
  explicit StoreThread(std::unique_ptr<Database> database, size_t queue_max = kQueueMax);

  /// Takes in nothing more, runs what is queued, then ends. Once the store fails, what is
  /// left fails at once.
  ~StoreThread() override;
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  /// `then` gets its error after up to 5 retries of what is transient. An empty `then` is fine.
  bool ask(Job job, Post answer_to, Then then) override;

  [[nodiscard]] size_t queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::jthread thread_;
};

}  // namespace suan
