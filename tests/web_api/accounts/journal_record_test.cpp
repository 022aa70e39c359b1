#include "web_api/accounts/journal_record.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/support/rows.h"

namespace suan::web_api {
namespace {

using suan::testing::usage_row;

std::string segment_of(uint64_t first_sequence, uint64_t rows) {
  auto bytes = journal_header(first_sequence);
  for (uint64_t n = 0; n < rows; ++n) {
    append_journal_record(bytes, JournalRecord{first_sequence + n, usage_row(n)});
  }
  return bytes;
}

std::vector<JournalRecord> records_of(std::string_view segment) {
  std::vector<JournalRecord> records;
  const auto scan =
      scan_journal(segment, [&](const JournalRecord& record) { records.push_back(record); });
  EXPECT_EQ(scan.rows, records.size());
  return records;
}

TEST(JournalRecord, IsReadAsItWasWritten) {
  auto row = usage_row(7);
  row.site = SiteId();
  row.amount_n = -5;
  std::string bytes;
  append_journal_record(bytes, JournalRecord{42, row});

  const auto piece = read_journal_record(bytes, 42);

  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->record, (JournalRecord{42, row}));
  EXPECT_EQ(piece->bytes, bytes.size());
}

TEST(JournalRecord, FitsIntoItsMaximumWithTheLongestNames) {
  auto row = usage_row(1);
  row.account = AccountId(std::string(64, 'a'));
  row.model = ModelId(std::string(64, 'b'));
  row.site = SiteId(std::string(64, 'c'));
  row.node = NodeId(std::string(64, 'd'));
  std::string bytes;

  append_journal_record(bytes, JournalRecord{1, row});

  EXPECT_LE(bytes.size(), kJournalRecordMax);
  EXPECT_TRUE(read_journal_record(bytes, 1));
}

TEST(JournalScan, FindsAllRecordsOfAWholeSegment) {
  const auto segment = segment_of(100, 3);

  const auto records = records_of(segment);

  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[2], (JournalRecord{102, usage_row(2)}));
  EXPECT_EQ(scan_journal(segment).good_bytes, segment.size());
}

TEST(JournalScan, L7_CutsATornTailAtEveryByte) {
  const auto segment = segment_of(1, 3);
  const auto two = segment_of(1, 2).size();

  for (size_t length = two; length < segment.size(); ++length) {
    const auto scan = scan_journal(std::string_view(segment).substr(0, length));
    ASSERT_EQ(scan.rows, 2U) << length;
    ASSERT_EQ(scan.good_bytes, two) << length;
  }
}

TEST(JournalScan, L7_KeepsEveryRecordBeforeTheFirstDamage) {
  const auto segment = segment_of(1, 3);
  const auto one = segment_of(1, 1).size();
  const auto two = segment_of(1, 2).size();

  for (size_t at = one; at < two; ++at) {
    auto damaged = segment;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    ASSERT_EQ(scan_journal(damaged).rows, 1U) << at;
  }
}

TEST(JournalScan, TrustsNothingAfterADamagedHead) {
  const auto segment = segment_of(1, 3);
  for (size_t at = 0; at < kJournalHeaderBytes; ++at) {
    auto damaged = segment;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x01);
    ASSERT_EQ(scan_journal(damaged).good_bytes, 0U) << at;
  }
}

TEST(JournalScan, StopsWhereARecordIsOutOfSequence) {
  auto segment = segment_of(1, 2);
  append_journal_record(segment, JournalRecord{4, usage_row(4)});

  EXPECT_EQ(scan_journal(segment).rows, 2U);
}

TEST(JournalScan, StopsAtALengthThatLies) {
  auto segment = segment_of(1, 1);
  segment += std::string("\xFF\xFF\xFF\xFF", 4) + std::string(100, '\0');

  EXPECT_EQ(scan_journal(segment).rows, 1U);
}

TEST(JournalScan, AcceptsEmptyBytes) {
  EXPECT_EQ(scan_journal("").good_bytes, 0U);
}

}  // namespace
}  // namespace suan::web_api
