#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catalog/store/store.h"
#include "catalog/types/time.h"
#include "web_api/accounts/usage_log.h"

namespace suan::web_api {

struct UsageJournalConfig {
  std::filesystem::path directory;  // DATA/journal; made when missing
  uint64_t bytes_max = 256ULL << 20;
  uint64_t segment_bytes = 4ULL << 20;
  size_t rows_queued_max = 20'000;  // waiting for their fdatasync
  Duration retry_every = 1s;        // after the store or the disk refused
};

/// What a start found in the journal's directory.
struct UsageRecovery {
  uint64_t rows = 0;                  // unsettled: they go to the store again
  std::vector<std::string> warnings;  // one sentence per torn tail or damaged segment
};

/// Usage rows on their way into the store: first a file, fsynced, then the table (L3).
///
/// Rows that arrive while an fdatasync runs share the next one (at most 500), so one alone
/// waits for one fdatasync. Settled in batches, read back from the file: what waits for a store
/// that is gone takes no memory. A segment is deleted once all of it is settled.
/// Threads:  `append` and `has_room` any; callbacks through `answer_to`.
class UsageJournal final : public UsageLog {
 public:
  static constexpr size_t kRowsPerSync = 500;

  /// Recovers what an earlier process left, then starts the thread. `store` outlives it.
  /// Throws with a sentence when the directory cannot be used or another process has it.
  UsageJournal(UsageJournalConfig config, Store& store, Store::Post answer_to);

  /// Keeps what was appended, tries to settle all of it for at most 5 s, then ends.
  ~UsageJournal() override;
  UsageJournal(const UsageJournal&) = delete;
  UsageJournal& operator=(const UsageJournal&) = delete;

  bool append(const UsageRow& row, std::function<void(bool is_kept)> durable) override;
  [[nodiscard]] bool has_room() const override;

  [[nodiscard]] const UsageRecovery& recovery() const;
  /// Bytes of segments that are not deleted yet.
  [[nodiscard]] uint64_t bytes() const;
  /// Rows that are durable here but not yet in the store.
  [[nodiscard]] uint64_t rows_unsettled() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace suan::web_api
