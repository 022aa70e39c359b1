#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "catalog/types/account.h"
#include "web_api/accounts/usage_journal.h"

namespace suan::web_api {

/// A file descriptor that closes itself.
class JournalFile {
 public:
  JournalFile() = default;

  explicit JournalFile(int descriptor) : descriptor_(descriptor) {}

  JournalFile(JournalFile&& other) noexcept;
  JournalFile& operator=(JournalFile&& other) noexcept;
  ~JournalFile();

  [[nodiscard]] int get() const { return descriptor_; }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

/// The files of a journal: rows are appended at one end and settled at the other.
///
/// Errors:   the constructor throws; `append` and `begin_segment` answer false, and the journal is as it
///           was before
/// Threads:  one owner.
class JournalSegments {
 public:
  /// Locks the directory, recovers what is there, begins a segment.
  JournalSegments(std::filesystem::path directory, uint64_t segment_bytes);

  [[nodiscard]] const UsageRecovery& recovery() const { return recovery_; }

  /// Writes the rows and waits until the disk has them. False: none of them counts as kept.
  [[nodiscard]] bool append(const std::vector<UsageRow>& rows);

  /// Begins a new segment, after trouble or when the last is long enough.
  [[nodiscard]] bool begin_segment();

  /// The oldest rows that are not settled, at most `limit`; empty when all are.
  [[nodiscard]] std::vector<UsageRow> unsettled(size_t limit);

  /// The rows of the last `unsettled` are in the store; files that hold no others are deleted.
  void settle();

  /// Deletes the last segment too when all of it is settled: for the end.
  void remove_settled();

  /// Bytes in all files.
  [[nodiscard]] uint64_t bytes() const;

  [[nodiscard]] uint64_t rows_unsettled() const { return rows_unsettled_; }

 private:
  struct Segment {
    std::filesystem::path file;
    uint64_t first_sequence = 0;
    uint64_t bytes = 0;  // whole records alone
  };

  void recover(const std::filesystem::path& file);
  void remove_front();

  std::filesystem::path directory_;
  uint64_t segment_bytes_;
  UsageRecovery recovery_;
  JournalFile lock_;
  JournalFile active_;            // the last segment; closed after trouble
  std::deque<Segment> segments_;  // the oldest first; never empty after construction
  uint64_t next_sequence_ = 1;
  // Where settling stands: in the first segment.
  uint64_t settled_bytes_ = 0;
  uint64_t settled_sequence_ = 0;  // of the next row to settle
  uint64_t rows_unsettled_ = 0;
  // What `unsettled` gave last.
  uint64_t given_bytes_ = 0;
  uint64_t given_rows_ = 0;
};

}  // namespace suan::web_api
