#include "web_api/accounts/journal_segments.h"

#include <csignal>
#include <fstream>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "tests/support/rows.h"
#include "tests/support/temporary_folder.h"
#include "web_api/accounts/journal_record.h"

namespace suan::web_api {
namespace {

namespace fs = std::filesystem;
using suan::testing::TemporaryFolder;
using suan::testing::usage_row;

constexpr uint64_t kSegmentBytes = 1'000;  // about eight rows

std::vector<UsageRow> rows_from(uint64_t first, uint64_t count) {
  std::vector<UsageRow> rows;
  for (uint64_t n = first; n < first + count; ++n)
    rows.push_back(usage_row(n));
  return rows;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".journal") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Settles everything and gives it in its order.
std::vector<UsageRow> settle_all(JournalSegments& journal) {
  std::vector<UsageRow> all;
  for (auto rows = journal.unsettled(4); !rows.empty(); rows = journal.unsettled(4)) {
    all.insert(all.end(), rows.begin(), rows.end());
    journal.settle();
  }
  return all;
}

TEST(JournalSegments, GiveBackWhatWasAppendedInItsOrder) {
  const TemporaryFolder folder;
  JournalSegments journal(folder.path(), kSegmentBytes);
  for (uint64_t n = 0; n < 30; n += 3)
    ASSERT_TRUE(journal.append(rows_from(n, 3)));
  EXPECT_EQ(journal.rows_unsettled(), 30U);
  EXPECT_GT(files_in(folder.path()).size(), 3U);

  EXPECT_EQ(settle_all(journal), rows_from(0, 30));

  EXPECT_EQ(journal.rows_unsettled(), 0U);
  EXPECT_EQ(files_in(folder.path()).size(), 1U) << "settled segments are deleted";
}

TEST(JournalSegments, GiveTheSameRowsUntilTheyAreSettled) {
  const TemporaryFolder folder;
  JournalSegments journal(folder.path(), kSegmentBytes);
  ASSERT_TRUE(journal.append(rows_from(0, 5)));

  EXPECT_EQ(journal.unsettled(3), rows_from(0, 3));
  EXPECT_EQ(journal.unsettled(3), rows_from(0, 3));
  journal.settle();
  EXPECT_EQ(journal.unsettled(3), rows_from(3, 2));
}

TEST(JournalSegments, L3_KeepUnsettledRowsOverARestart) {
  const TemporaryFolder folder;
  {
    JournalSegments journal(folder.path(), kSegmentBytes);
    ASSERT_TRUE(journal.append(rows_from(0, 20)));
    ASSERT_TRUE(journal.append(rows_from(20, 5)));
  }

  JournalSegments again(folder.path(), kSegmentBytes);

  EXPECT_EQ(again.recovery().rows, 25U);
  EXPECT_TRUE(again.recovery().warnings.empty());
  ASSERT_TRUE(again.append(rows_from(25, 1)));
  EXPECT_EQ(settle_all(again), rows_from(0, 26));
}

TEST(JournalSegments, L7_CutATornTailAndReportIt) {
  const TemporaryFolder folder;
  {
    JournalSegments journal(folder.path(), kSegmentBytes);
    ASSERT_TRUE(journal.append(rows_from(0, 4)));
  }
  const auto file = files_in(folder.path()).at(0);
  fs::resize_file(file, fs::file_size(file) - 7);

  JournalSegments again(folder.path(), kSegmentBytes);

  ASSERT_EQ(again.recovery().warnings.size(), 1U);
  EXPECT_NE(again.recovery().warnings[0].find("kept 3 rows"), std::string::npos);
  ASSERT_TRUE(again.append(rows_from(4, 1)));
  auto expected = rows_from(0, 3);
  expected.push_back(usage_row(4));
  EXPECT_EQ(settle_all(again), expected);
}

TEST(JournalSegments, GoOnWithLaterSegmentsWhenOneIsDamaged) {
  const TemporaryFolder folder;
  {
    JournalSegments journal(folder.path(), kSegmentBytes);
    ASSERT_TRUE(journal.append(rows_from(0, 12)));
    ASSERT_TRUE(journal.append(rows_from(12, 8)));
  }
  const auto damaged = files_in(folder.path()).at(0);
  std::fstream file(damaged, std::ios::in | std::ios::out);
  file.seekp(0);
  file << "rubbish";
  file.close();

  JournalSegments again(folder.path(), kSegmentBytes);

  EXPECT_EQ(again.recovery().warnings.size(), 1U);
  EXPECT_EQ(settle_all(again), rows_from(12, 8));
  EXPECT_TRUE(fs::exists(damaged.string() + ".damaged")) << "kept for an operator to look at";
}

TEST(JournalSegments, BelongToOneProcess) {
  const TemporaryFolder folder;
  const JournalSegments journal(folder.path(), kSegmentBytes);

  EXPECT_THROW(JournalSegments(folder.path(), kSegmentBytes), std::runtime_error);
}

TEST(JournalSegments, LeaveNothingBehindWhenAllIsSettled) {
  const TemporaryFolder folder;
  JournalSegments journal(folder.path(), kSegmentBytes);
  ASSERT_TRUE(journal.append(rows_from(0, 2)));

  journal.remove_settled();
  EXPECT_EQ(files_in(folder.path()).size(), 1U) << "not settled yet";
  (void)settle_all(journal);
  journal.remove_settled();

  EXPECT_TRUE(files_in(folder.path()).empty());
}

/// While it lives, no file of this process may grow beyond `bytes`: like a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limited = before_;
    limited.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limited);
  }

  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(JournalSegments, L10_KeepNothingOfABatchThatTheDiskRefusesAndGoOnAfterwards) {
  const TemporaryFolder folder;
  JournalSegments journal(folder.path(), 1U << 20);
  ASSERT_TRUE(journal.append(rows_from(0, 4)));
  {
    const FullDisk full(journal.bytes() + 300);
    EXPECT_FALSE(journal.append(rows_from(4, 4)));
  }
  EXPECT_EQ(journal.rows_unsettled(), 4U);

  ASSERT_TRUE(journal.append(rows_from(8, 2)));

  auto expected = rows_from(0, 4);
  expected.push_back(usage_row(8));
  expected.push_back(usage_row(9));
  EXPECT_EQ(settle_all(journal), expected);
}

}  // namespace
}  // namespace suan::web_api
