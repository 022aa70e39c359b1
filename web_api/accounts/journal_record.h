#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "catalog/types/account.h"

namespace suan::web_api {

/// A usage row with its number in the journal.
struct JournalRecord {
  uint64_t sequence = 0;
  UsageRow row;

  friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

/// Most bytes that one record takes.
inline constexpr size_t kJournalRecordMax = 2'048;
/// Bytes before the first record of a segment.
inline constexpr size_t kJournalHeaderBytes = 20;

/// The head of a segment: `SUANUJ1\n`, the sequence of its first record, CRC-32C of both.
[[nodiscard]] std::string journal_header(uint64_t first_sequence);

/// The first sequence, or nothing when the bytes do not begin with a whole, undamaged head.
[[nodiscard]] std::optional<uint64_t> read_journal_header(std::string_view segment);

/// Appends one record to `out`: u32 length of what follows the CRC, u32 CRC-32C of that,
/// u64 sequence, the row's fields; all little-endian, texts with a u16 length before.
///
/// Requires: names in the row pass `is_valid_name`; `status` is at most 64 bytes.
void append_journal_record(std::string& out, const JournalRecord& record);

/// A record and the bytes that it takes.
struct JournalPiece {
  JournalRecord record;
  size_t bytes = 0;
};

/// The record at the front of `bytes`; nothing when it is torn, damaged, or not number `sequence`.
[[nodiscard]] std::optional<JournalPiece> read_journal_record(std::string_view bytes,
                                                              uint64_t sequence);

/// What is whole in a segment: everything before the first damage.
struct JournalScan {
  uint64_t first_sequence = 0;
  uint64_t rows = 0;
  size_t good_bytes = 0;  // 0: not even the head
};

/// Walks over a segment's bytes, whatever they are. `on_record` may be empty.
[[nodiscard]] JournalScan scan_journal(
    std::string_view segment, const std::function<void(const JournalRecord&)>& on_record = {});

}  // namespace suan::web_api
